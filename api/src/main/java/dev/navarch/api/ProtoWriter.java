package dev.navarch.api;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Appends protobuf fields to a growing buffer.
final class ProtoWriter {
  private byte[] bytes = new byte[256];
  private int length;

  void varint(int number, long value) {
    tag(number, Protobuf.VARINT);
    varint(value);
  }

  void fixed64(int number, long value) {
    tag(number, Protobuf.FIXED64);
    for (int shift = 0; shift < Long.SIZE; shift += 8) {
      append((byte) (value >>> shift));
    }
  }

  void string(int number, String value) {
    bytes(number, value.getBytes(StandardCharsets.UTF_8));
  }

  void bytes(int number, byte[] value) {
    tag(number, Protobuf.BYTES);
    varint(value.length);
    reserve(value.length);
    System.arraycopy(value, 0, bytes, length, value.length);
    length += value.length;
  }

  byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  private void tag(int number, int wireType) {
    varint(((long) number << 3) | wireType);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      append((byte) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    append((byte) rest);
  }

  private void append(byte value) {
    reserve(1);
    bytes[length++] = value;
  }

  private void reserve(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, Math.addExact(length, more)));
    }
  }
}
