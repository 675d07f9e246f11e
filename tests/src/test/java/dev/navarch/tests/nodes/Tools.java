package dev.navarch.tests.nodes;

import dev.navarch.app.local.DebianImage;
import dev.navarch.node.runtime.OciArchive;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The image that the suite's pods run: a shell with `serve PORT` (a web server that tells its
/// host's name and its caller's address, and keeps what it was asked in /tmp/asked), `serve-grpc
/// PORT` (is healthy, by gRPC), `hold` (does nothing until it is asked to end), and /lib/expect,
/// the words that a pod looks at itself with.
final class Tools {
  private static final int DATA = 0;
  private static final int HEADERS = 1;
  private static final int SETTINGS = 4;
  private static final int ACKNOWLEDGED = 1;
  private static final int STREAM_END = 1;
  private static final int HEADERS_END = 4;
  private static final int CALL = 3;

  private Tools() {}

  static OciArchive image(String name) {
    OciArchive image = DebianImage.busybox(name);
    script(image, "bin/serve", "trap 'exit 0' TERM; httpd -f -p 0.0.0.0:$1 -h /www & wait");
    script(image, "bin/hold", "trap 'exit 0' TERM; sleep 100000 & wait");
    script(
        image,
        "www/cgi-bin/who",
        "env >/tmp/asked.new && mv /tmp/asked.new /tmp/asked; "
            + "echo 'Content-Type: text/plain'; echo; echo $(hostname) $REMOTE_ADDR");
    image.file("lib/expect", resource("expect.sh"), false);
    script(
        image,
        "bin/grpc-answer",
        "head -c 24 >/dev/null; cat /lib/grpc-settings; head -c 120 >/dev/null; cat"
            + " /lib/grpc-serving; sleep 1");
    script(image, "bin/serve-grpc", "exec nc -ll -p $1 -e /bin/grpc-answer");
    image.file("lib/grpc-settings", grpcSettings(), false);
    image.file("lib/grpc-serving", grpcServing(), false);
    return image;
  }

  /// What a server of HTTP/2 says first: its settings, and that the caller's are taken.
  private static byte[] grpcSettings() {
    var bytes = new ByteArrayOutputStream();
    frame(bytes, SETTINGS, 0, 0);
    frame(bytes, SETTINGS, ACKNOWLEDGED, 0);
    return bytes.toByteArray();
  }

  /// What gRPC's health service answers to the first call: 200, SERVING, the call is over. Callers
  /// here begin with stream 3.
  private static byte[] grpcServing() {
    var bytes = new ByteArrayOutputStream();
    frame(bytes, HEADERS, HEADERS_END, CALL, 0x88, 0x5f, 16, "application/grpc");
    frame(bytes, DATA, 0, CALL, 0, 0, 0, 0, 2, 8, 1);
    frame(bytes, HEADERS, HEADERS_END | STREAM_END, CALL, 0, 11, "grpc-status", 1, "0");
    return bytes.toByteArray();
  }

  /// @param parts bytes and texts
  private static void frame(
      ByteArrayOutputStream into, int type, int flags, int stream, Object... parts) {
    var payload = new ByteArrayOutputStream();
    for (Object part : parts) {
      if (part instanceof Integer octet) {
        payload.write(octet);
      } else {
        payload.writeBytes(part.toString().getBytes(StandardCharsets.US_ASCII));
      }
    }
    into.writeBytes(new byte[] {0, 0, (byte) payload.size(), (byte) type, (byte) flags});
    into.writeBytes(new byte[] {0, 0, 0, (byte) stream});
    into.writeBytes(payload.toByteArray());
  }

  private static void script(OciArchive image, String path, String line) {
    image.file(path, ("#!/bin/sh\n" + line + "\n").getBytes(StandardCharsets.UTF_8), true);
  }

  private static byte[] resource(String name) {
    try (InputStream stream = Tools.class.getResourceAsStream(name)) {
      return java.util.Objects.requireNonNull(stream, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
