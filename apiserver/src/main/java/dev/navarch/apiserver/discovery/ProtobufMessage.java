package dev.navarch.apiserver.discovery;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// A protobuf message in the making: fields in the order in which they are put, those without a
/// value left out.
final class ProtobufMessage {
  private static final int VARINT = 0;
  private static final int BYTES = 2;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  ProtobufMessage put(int field, String text) {
    return text.isEmpty() ? this : put(field, text.getBytes(StandardCharsets.UTF_8));
  }

  /// A nested message is written even when it is empty: its presence says something.
  ProtobufMessage put(int field, ProtobufMessage message) {
    return put(field, message.bytes());
  }

  ProtobufMessage put(int field, boolean value) {
    if (value) {
      varint((field << 3) | VARINT);
      varint(1);
    }
    return this;
  }

  private ProtobufMessage put(int field, byte[] bytes) {
    varint((field << 3) | BYTES);
    varint(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  private void varint(int value) {
    int rest = value;
    while (rest > 0x7f) {
      out.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
  }

  byte[] bytes() {
    return out.toByteArray();
  }
}
