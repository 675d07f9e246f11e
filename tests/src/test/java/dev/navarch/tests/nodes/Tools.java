package dev.navarch.tests.nodes;

import dev.navarch.app.local.DebianImage;
import dev.navarch.node.runtime.OciArchive;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// The image that the suite's pods run: a shell with `serve PORT` (a web server that tells its
/// host's name and its caller's address, and keeps what it was asked in /tmp/asked), `hold` (does
/// nothing until it is asked to end), and /lib/expect, the words that a pod looks at itself with.
final class Tools {
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
    return image;
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
