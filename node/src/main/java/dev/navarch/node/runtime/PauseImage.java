package dev.navarch.node.runtime;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The image of the container that owns a pod's namespaces: our own, made on the spot, never
/// pulled.
public final class PauseImage {
  public static final String NAME = "navarch.dev/pause:1";

  private PauseImage() {}

  static OciArchive archive() {
    OciArchive archive = new OciArchive(NAME);
    return archive
        .file("pause", PauseProgram.elf(archive.architecture()), true)
        .entrypoint("/pause")
        .user("65535:65535");
  }

  /// Puts the image into a node's runtime, unless it is there.
  public static void load(Containerd containerd, Path scratch) {
    if (containerd.has(NAME)) {
      return;
    }
    Path file = scratch.resolve("pause.tar");
    try {
      Files.createDirectories(scratch);
      archive().write(file);
      containerd.load(file);
      Files.delete(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
