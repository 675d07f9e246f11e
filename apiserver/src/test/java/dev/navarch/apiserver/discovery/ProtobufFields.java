package dev.navarch.apiserver.discovery;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A protobuf message taken apart without its schema: the bytes of its fields by their numbers.
record ProtobufFields(List<Field> fields) {
  record Field(int number, byte[] bytes) {}

  static ProtobufFields of(byte[] message) {
    List<Field> fields = new ArrayList<>();
    int[] at = {0};
    while (at[0] < message.length) {
      int tag = varint(message, at);
      if ((tag & 7) == 0) {
        int value = varint(message, at);
        fields.add(new Field(tag >>> 3, new byte[] {(byte) value}));
      } else {
        int length = varint(message, at);
        fields.add(new Field(tag >>> 3, Arrays.copyOfRange(message, at[0], at[0] + length)));
        at[0] += length;
      }
    }
    return new ProtobufFields(fields);
  }

  private static int varint(byte[] message, int[] at) {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      byte next = message[at[0]++];
      value |= (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  List<ProtobufFields> messages(int number) {
    return fields.stream()
        .filter(field -> field.number == number)
        .map(field -> of(field.bytes))
        .toList();
  }

  ProtobufFields message(int number) {
    return messages(number).getFirst();
  }

  String text(int number) {
    return fields.stream()
        .filter(field -> field.number == number)
        .map(field -> new String(field.bytes, StandardCharsets.UTF_8))
        .findFirst()
        .orElse("");
  }

  /// The value of a pair of name (1) and value (2).
  ProtobufFields named(int number, String name) {
    return messages(number).stream()
        .filter(pair -> pair.text(1).equals(name))
        .findFirst()
        .orElseThrow()
        .message(2);
  }
}
