package dev.navarch.node.server;

import dev.navarch.http.WebSocket;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// How the messages of one subprotocol say which channel they are of: by their first byte, or as
/// text by a digit before base64.
///
/// @param text whether messages are text
/// @param plain whether an error is told in words alone, as before `v4`, and success not at all
record ChannelFormat(boolean text, boolean plain) {
  /// All that are understood.
  static final List<String> PROTOCOLS =
      List.of(
          "v5.channel.k8s.io",
          "v4.channel.k8s.io",
          "v4.base64.channel.k8s.io",
          "channel.k8s.io",
          "base64.channel.k8s.io");

  /// @param protocol empty for a client that names none
  static ChannelFormat of(String protocol) {
    return new ChannelFormat(protocol.contains("base64"), !protocol.matches("v[45]\\..*"));
  }

  record Part(int channel, byte[] data) {}

  void send(WebSocket socket, Part part) throws IOException {
    if (text) {
      socket.sendText(
          (char) ('0' + part.channel()) + Base64.getEncoder().encodeToString(part.data()));
      return;
    }
    byte[] message = new byte[part.data().length + 1];
    message[0] = (byte) part.channel();
    System.arraycopy(part.data(), 0, message, 1, part.data().length);
    socket.sendBinary(message);
  }

  /// Empty for a message that says nothing.
  Optional<Part> read(WebSocket.Message message) throws IOException {
    byte[] data = message.data();
    if (data.length == 0) {
      return Optional.empty();
    }
    byte[] rest = Arrays.copyOfRange(data, 1, data.length);
    if (!text) {
      return Optional.of(new Part(Byte.toUnsignedInt(data[0]), rest));
    }
    try {
      String base64 = new String(rest, StandardCharsets.ISO_8859_1);
      return Optional.of(new Part(data[0] - '0', Base64.getDecoder().decode(base64)));
    } catch (IllegalArgumentException e) {
      throw new IOException("a message is not base64: " + e.getMessage(), e);
    }
  }
}
