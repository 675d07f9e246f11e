package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.store.Store.KeyValue;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// All keys of a store as they were at one revision, in a file with a checksum. It is taken from a
/// store that goes on working, and restores into any other: that is also how a cluster moves from
/// one to the other.
///
///     "navarch-snapshot 2\n"  revision  seconds since 1970
///     { length key  length value  createRevision  modRevision  end in seconds since 1970, or 0 }*
///     0  number of keys  SHA-256 of all before
public final class Snapshot {
  /// A key that is there while a restore is under way; says of which snapshot.
  public static final String UNFINISHED = "/restoring";

  static final String FORMAT = "navarch-snapshot 2\n";

  /// What a restored store's revisions are raised by: more than any cluster can have written after
  /// its snapshot, so that none is given out twice.
  public static final long RAISED = 1_000_000_000L;

  private static final int PAGE = 1_000;
  private static final int DIGEST = 32;

  /// The whole key space in parts, so that each stands together in every store.
  private static final List<String> BOUNDS = List.of("/", "/registry/", "/registry0", "0");

  private Snapshot() {}

  /// What is in a snapshot.
  ///
  /// @param revision what it shows
  public record Summary(long revision, Instant taken, long keys, long bytes, String sha256) {}

  /// A key in a snapshot.
  ///
  /// @param ends in seconds since 1970; 0 for never
  public record Item(String key, byte[] value, long created, long modified, long ends) {}

  /// Takes the keys of a snapshot, in order.
  public interface Reader {
    void item(Item item) throws IOException;
  }

  /// Writes what is in the store now; the file is there whole or not at all.
  public static Summary save(Store store, Path file, Instant now) {
    if (Files.exists(file)) {
      throw new IllegalStateException(file + " exists already: name another file");
    }
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try {
      long revision = store.revision();
      MessageDigest digest = sha256();
      try (var out =
          new DataOutputStream(
              new DigestOutputStream(
                  new BufferedOutputStream(Files.newOutputStream(part)), digest))) {
        out.write(FORMAT.getBytes(UTF_8));
        out.writeLong(revision);
        out.writeLong(now.getEpochSecond());
        long keys = writeKeys(store, revision, out);
        out.writeInt(0);
        out.writeLong(keys);
        out.write(digest.digest());
      }
      force(part);
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE);
      return status(file);
    } catch (Store.CompactedException e) {
      throw new IllegalStateException(
          "the store was compacted while the snapshot was taken: take it again", e);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the snapshot " + file, e);
    }
  }

  private static long writeKeys(Store store, long revision, DataOutputStream out)
      throws IOException {
    long keys = 0;
    Map<Long, Long> ends = new HashMap<>();
    for (int part = 0; part + 1 < BOUNDS.size(); part++) {
      String from = BOUNDS.get(part);
      boolean more = true;
      while (more) {
        Store.Page page = store.range(from, BOUNDS.get(part + 1), revision, PAGE);
        for (KeyValue found : page.items()) {
          if (isLasting(found.key())) {
            write(found, ends.computeIfAbsent(found.lease(), _ -> end(store, found)), out);
            keys++;
          }
        }
        more = page.more();
        from = more ? page.items().getLast().key() + '\0' : from;
      }
    }
    return keys;
  }

  /// What the store keeps for the moment, or for itself, stays behind.
  private static boolean isLasting(String key) {
    return !key.startsWith("/claims/")
        && !key.equals("/revision-offset")
        && !key.equals(UNFINISHED);
  }

  private static long end(Store store, KeyValue of) {
    return store.end(of).map(Instant::getEpochSecond).orElse(0L);
  }

  private static void write(KeyValue found, long ends, DataOutputStream out) throws IOException {
    byte[] key = found.key().getBytes(UTF_8);
    out.writeInt(key.length);
    out.write(key);
    out.writeInt(found.value().length);
    out.write(found.value());
    out.writeLong(found.createRevision());
    out.writeLong(found.modRevision());
    out.writeLong(ends);
  }

  /// Reads a snapshot through.
  ///
  /// @throws IllegalStateException when it is none, cut or damaged
  public static Summary status(Path file) {
    return read(file, _ -> {});
  }

  /// Reads every key; what was read counts only when this returns.
  public static Summary read(Path file, Reader reader) {
    MessageDigest digest = sha256();
    try (var in =
        new DataInputStream(
            new DigestInputStream(new BufferedInputStream(Files.newInputStream(file)), digest))) {
      String format = new String(in.readNBytes(FORMAT.length()), UTF_8);
      if (!format.equals(FORMAT)) {
        throw new IllegalStateException(
            "%s begins with \"%s\", expected \"%s\": it is no snapshot of this version"
                .formatted(file, format.strip(), FORMAT.strip()));
      }
      long revision = in.readLong();
      long taken = in.readLong();
      long keys = 0;
      for (int length = in.readInt(); length != 0; length = in.readInt()) {
        String key = new String(bytes(in, length, file), UTF_8);
        byte[] value = bytes(in, in.readInt(), file);
        reader.item(new Item(key, value, in.readLong(), in.readLong(), in.readLong()));
        keys++;
      }
      long counted = in.readLong();
      byte[] found = digest.digest();
      byte[] expected = in.readNBytes(DIGEST);
      if (counted != keys || !Arrays.equals(found, expected) || in.read() >= 0) {
        throw damaged(file, "its checksum is not what it says");
      }
      String sha256 = HexFormat.of().formatHex(found);
      return new Summary(revision, Instant.ofEpochSecond(taken), keys, Files.size(file), sha256);
    } catch (DateTimeException e) {
      throw damaged(file, "it says that it was taken at no time that there is");
    } catch (EOFException e) {
      throw damaged(file, "it ends too early");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the snapshot " + file, e);
    }
  }

  private static byte[] bytes(DataInputStream in, int length, Path file) throws IOException {
    if (length < 0 || length > Files.size(file)) {
      throw damaged(file, "it says that a key or value has %d bytes".formatted(length));
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return bytes;
  }

  private static IllegalStateException damaged(Path file, String how) {
    return new IllegalStateException(
        "the snapshot %s is damaged: %s. Use another one".formatted(file, how));
  }

  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
