package dev.navarch.api;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Walks the fields of one protobuf message: {@link #next()} moves to a field, and exactly one of
/// the others takes its value.
final class ProtoReader {
  private final byte[] bytes;
  private final int end;
  private int at;
  private int wireType;

  ProtoReader(byte[] bytes) {
    this(bytes, 0, bytes.length);
  }

  private ProtoReader(byte[] bytes, int from, int end) {
    this.bytes = bytes;
    this.at = from;
    this.end = end;
  }

  /// The number of the next field, 0 at the end.
  int next() {
    if (at == end) {
      return 0;
    }
    long tag = rawVarint();
    wireType = (int) (tag & 7);
    long number = tag >>> 3;
    if (number <= 0 || number > 0x1fff_ffff) {
      throw malformed("illegal tag " + number);
    }
    return (int) number;
  }

  boolean isBytes() {
    return wireType == Protobuf.BYTES;
  }

  boolean isAtEnd() {
    return at == end;
  }

  long varint() {
    expect(Protobuf.VARINT);
    return rawVarint();
  }

  int int32() {
    return (int) varint();
  }

  long fixed64() {
    expect(Protobuf.FIXED64);
    return rawFixed64();
  }

  byte[] bytes() {
    int size = size();
    at += size;
    return Arrays.copyOfRange(bytes, at - size, at);
  }

  String string() {
    int size = size();
    at += size;
    return new String(bytes, at - size, size, StandardCharsets.UTF_8);
  }

  ProtoReader message() {
    int size = size();
    at += size;
    return new ProtoReader(bytes, at - size, at);
  }

  /// A varint without a tag, as packed lists hold them.
  long rawVarint() {
    long value = 0;
    for (int shift = 0; shift < Long.SIZE; shift += 7) {
      if (at == end) {
        throw malformed("unexpected EOF");
      }
      byte next = bytes[at++];
      value |= (long) (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw malformed("integer overflow");
  }

  void skip() {
    switch (wireType) {
      case Protobuf.VARINT -> rawVarint();
      case Protobuf.FIXED64 -> move(8);
      case Protobuf.BYTES -> at += size();
      case Protobuf.FIXED32 -> move(4);
      default -> throw malformed("illegal wire type " + wireType);
    }
  }

  private long rawFixed64() {
    long value = 0;
    int from = at;
    move(8);
    for (int i = 0; i < 8; i++) {
      value |= (bytes[from + i] & 0xffL) << (8 * i);
    }
    return value;
  }

  private int size() {
    expect(Protobuf.BYTES);
    long size = rawVarint();
    if (size < 0 || size > end - at) {
      throw malformed("unexpected EOF");
    }
    return (int) size;
  }

  private void move(int count) {
    if (end - at < count) {
      throw malformed("unexpected EOF");
    }
    at += count;
  }

  private void expect(int wanted) {
    if (wireType != wanted) {
      throw malformed("wrong wire type " + wireType);
    }
  }

  static ApiException malformed(String why) {
    return ApiException.badRequest("proto: " + why);
  }
}
