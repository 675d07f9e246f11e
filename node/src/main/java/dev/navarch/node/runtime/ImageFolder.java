package dev.navarch.node.runtime;

import dev.navarch.node.host.Commands.CommandException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Archives of images in a folder of the node, for machines that reach no registry: each is put
/// into the runtime when the node starts, unless all of its images are there from before.
public final class ImageFolder {
  private static final Logger LOG = LoggerFactory.getLogger(ImageFolder.class);
  private static final Pattern NAME = Pattern.compile("(?m)^unpacking (\\S+) \\(");
  private static final String RECORD = ".loaded";

  private final Containerd containerd;
  private final Path folder;

  public ImageFolder(Containerd containerd, Path folder) {
    this.containerd = containerd;
    this.folder = folder;
  }

  public void load() {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (Files.isRegularFile(file) && !name.startsWith(".")) {
          attempt(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void attempt(Path file) {
    try {
      load(file);
    } catch (IOException | CommandException e) {
      LOG.atWarn()
          .addKeyValue("file", file)
          .addKeyValue("reason", e.getMessage())
          .log("images were not loaded");
    }
  }

  private void load(Path file) throws IOException {
    String name = file.getFileName().toString();
    if (!name.matches(".*\\.(tar|tar\\.gz|tgz)")) {
      throw new IOException("expected an archive: .tar, .tar.gz or .tgz");
    }
    Path record = folder.resolve(RECORD).resolve(name);
    String stamp = Files.size(file) + " " + Files.getLastModifiedTime(file);
    if (isLoaded(record, stamp)) {
      return;
    }
    Path archive = name.endsWith(".tar") ? file : unpacked(file);
    try {
      List<String> images =
          NAME.matcher(containerd.load(archive)).results().map(this::first).toList();
      Files.createDirectories(record.getParent());
      Files.writeString(record, stamp + "\n" + String.join("\n", images) + "\n");
      LOG.atInfo().addKeyValue("file", file).addKeyValue("images", images).log("images loaded");
    } finally {
      if (!archive.equals(file)) {
        Files.delete(archive);
      }
    }
  }

  private String first(MatchResult match) {
    return match.group(1);
  }

  private boolean isLoaded(Path record, String stamp) throws IOException {
    if (!Files.exists(record)) {
      return false;
    }
    List<String> lines = Files.readAllLines(record);
    return lines.size() > 1
        && lines.getFirst().equals(stamp)
        && lines.stream().skip(1).allMatch(containerd::has);
  }

  private Path unpacked(Path file) throws IOException {
    Path archive = folder.resolve("." + file.getFileName() + ".tar");
    try (var in = new GZIPInputStream(Files.newInputStream(file));
        var out = Files.newOutputStream(archive)) {
      in.transferTo(out);
      return archive;
    } catch (IOException e) {
      Files.deleteIfExists(archive);
      throw e;
    }
  }
}
