package dev.navarch.apiserver.audit;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/// A file of lines that only its owner may read. When it gets too large it is set aside by the name
/// `audit-2026-01-31T12-00-00.000.log`, and those set aside go when they are too many or too old.
/// To be used by one thread at a time.
final class RotatingFile extends OutputStream {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH-mm-ss.SSS");
  private final Path file;
  private final long mostBytes;
  private final int mostBackups;
  private final Duration oldest;
  private final InstantSource clock;
  private OutputStream out;
  private long size;

  private RotatingFile(
      Path file, long mostBytes, int mostBackups, Duration oldest, InstantSource clock)
      throws IOException {
    this.file = file;
    this.mostBytes = mostBytes;
    this.mostBackups = mostBackups;
    this.oldest = oldest;
    this.clock = clock;
    this.out = openFile(file);
    this.size = Files.size(file);
    tidy();
  }

  static RotatingFile open(AuditFile wanted, InstantSource clock) throws IOException {
    Path file = Path.of(wanted.path()).toAbsolutePath();
    Path folder = file.getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    return new RotatingFile(
        file,
        wanted.mostMegabytes() * 1024L * 1024L,
        wanted.mostBackups(),
        Duration.ofDays(wanted.mostDays()),
        clock);
  }

  private static OutputStream openFile(Path file) throws IOException {
    if (!Files.exists(file)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    return new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.APPEND));
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  /// A line is never divided between two files.
  @Override
  public void write(byte[] line, int from, int length) throws IOException {
    if (size > 0 && size + length > mostBytes) {
      setAside();
    }
    out.write(line, from, length);
    size += length;
  }

  private void setAside() throws IOException {
    out.close();
    Instant time = clock.instant();
    while (Files.exists(backup(time))) {
      time = time.plusMillis(1);
    }
    Files.move(file, backup(time));
    out = openFile(file);
    size = 0;
    tidy();
  }

  private Path backup(Instant time) {
    return file.resolveSibling(
        start() + TIME.format(LocalDateTime.ofInstant(time, ZoneOffset.UTC)) + end());
  }

  private void tidy() throws IOException {
    NavigableMap<Instant, Path> backups = backups();
    Instant first = oldest.isZero() ? Instant.MIN : clock.instant().minus(oldest);
    for (Map.Entry<Instant, Path> backup : backups.entrySet()) {
      int younger = backups.tailMap(backup.getKey(), false).size();
      if (backup.getKey().isBefore(first) || (mostBackups > 0 && younger >= mostBackups)) {
        Files.deleteIfExists(backup.getValue());
      }
    }
  }

  private NavigableMap<Instant, Path> backups() throws IOException {
    NavigableMap<Instant, Path> found = new TreeMap<>();
    try (DirectoryStream<Path> all = Files.newDirectoryStream(file.resolveSibling(""))) {
      for (Path each : all) {
        time(each.getFileName().toString()).ifPresent(time -> found.put(time, each));
      }
    }
    return found;
  }

  private Optional<Instant> time(String name) {
    if (!name.startsWith(start())
        || !name.endsWith(end())
        || name.length() <= start().length() + end().length()) {
      return Optional.empty();
    }
    try {
      String text = name.substring(start().length(), name.length() - end().length());
      return Optional.of(LocalDateTime.parse(text, TIME).toInstant(ZoneOffset.UTC));
    } catch (DateTimeParseException anotherFile) {
      return Optional.empty();
    }
  }

  private String start() {
    String name = file.getFileName().toString();
    return name.substring(0, name.length() - end().length()) + "-";
  }

  private String end() {
    String name = file.getFileName().toString();
    int dot = name.lastIndexOf('.');
    return dot < 0 ? "" : name.substring(dot);
  }

  @Override
  public void flush() throws IOException {
    out.flush();
  }

  @Override
  public void close() throws IOException {
    out.close();
  }
}
