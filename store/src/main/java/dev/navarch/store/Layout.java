package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// Where everything stands in RocksDB. One key space, four kinds of records told apart by their
/// first byte; numbers are big-endian so that byte order is number order.
///
///     v key 00 ~revision   →  deleted? created expires value     newest version of a key first
///     l revision           →  deleted? previous key              the log, for watches and compaction
///     t expires revision   →  key                                what goes by itself, soonest first
///     m name               →  number                             newest revision, compacted revision
final class Layout {
  static final byte[] REVISION = "mrevision".getBytes(UTF_8);
  static final byte[] COMPACTED = "mcompacted".getBytes(UTF_8);
  static final byte[] LOG_END = {'l' + 1};
  static final byte[] LEASES_END = {'t' + 1};

  private static final byte PRESENT = 0;
  private static final byte DELETED = 1;
  private static final int VERSION_HEADER = 17;
  private static final int LOG_HEADER = 9;

  private Layout() {}

  /// One version of a key.
  ///
  /// @param expires in seconds since 1970; 0 for never
  record Version(long created, long modified, long expires, boolean deleted, byte[] value) {
    Store.KeyValue of(String key) {
      return new Store.KeyValue(key, value, created, modified, expires);
    }
  }

  /// One change in the log.
  ///
  /// @param previous the revision of the version that this one replaced; 0 when the key was new
  record Entry(long revision, String key, long previous, boolean deleted) {}

  static void checkKey(String key) {
    if (key.isEmpty() || key.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a key must not be empty or hold a NUL: \"" + key + "\"");
    }
  }

  /// The first two parts of a key, with the slash that ends them: `/registry/pods/`.
  static String family(String key) {
    int second = key.indexOf('/', key.indexOf('/', 1) + 1);
    return second < 0 ? key : key.substring(0, second + 1);
  }

  /// A range's bound in the versions: that of `key`, or, for a key followed by a NUL, the one right
  /// after `key`.
  static byte[] bound(String key) {
    if (!key.endsWith("\0")) {
      return versions(key);
    }
    byte[] after = versions(key.substring(0, key.length() - 1));
    after[after.length - 1] = 1;
    return after;
  }

  /// Where the versions of `key` begin: below all of them, above those of smaller keys.
  private static byte[] versions(String key) {
    byte[] utf8 = key.getBytes(UTF_8);
    byte[] bytes = new byte[utf8.length + 2];
    bytes[0] = 'v';
    System.arraycopy(utf8, 0, bytes, 1, utf8.length);
    return bytes;
  }

  static byte[] version(String key, long revision) {
    byte[] start = versions(key);
    return ByteBuffer.allocate(start.length + 8).put(start).putLong(~revision).array();
  }

  static boolean sameKey(byte[] version, byte[] other) {
    return version.length == other.length
        && Arrays.equals(version, 0, version.length - 8, other, 0, other.length - 8);
  }

  static String keyOf(byte[] version) {
    return new String(version, 1, version.length - 10, UTF_8);
  }

  static long revisionOf(byte[] version) {
    return ~ByteBuffer.wrap(version).getLong(version.length - 8);
  }

  static byte[] encode(Version version) {
    return ByteBuffer.allocate(VERSION_HEADER + version.value.length)
        .put(version.deleted ? DELETED : PRESENT)
        .putLong(version.created)
        .putLong(version.expires)
        .put(version.value)
        .array();
  }

  static Version decodeVersion(long revision, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    boolean deleted = in.get() == DELETED;
    return new Version(
        in.getLong(),
        revision,
        in.getLong(),
        deleted,
        Arrays.copyOfRange(bytes, VERSION_HEADER, bytes.length));
  }

  static boolean isDeleted(byte firstByte) {
    return firstByte == DELETED;
  }

  static byte[] log(long revision) {
    return ByteBuffer.allocate(9).put((byte) 'l').putLong(revision).array();
  }

  static long logRevision(byte[] log) {
    return ByteBuffer.wrap(log).getLong(1);
  }

  static byte[] encode(Entry entry) {
    byte[] key = entry.key.getBytes(UTF_8);
    return ByteBuffer.allocate(LOG_HEADER + key.length)
        .put(entry.deleted ? DELETED : PRESENT)
        .putLong(entry.previous)
        .put(key)
        .array();
  }

  static Entry decodeEntry(byte[] log, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    boolean deleted = in.get() == DELETED;
    long previous = in.getLong();
    String key = new String(bytes, LOG_HEADER, bytes.length - LOG_HEADER, UTF_8);
    return new Entry(logRevision(log), key, previous, deleted);
  }

  static byte[] lease(long expires, long revision) {
    return ByteBuffer.allocate(17).put((byte) 't').putLong(expires).putLong(revision).array();
  }

  static long expiryOf(byte[] lease) {
    return ByteBuffer.wrap(lease).getLong(1);
  }

  static byte[] number(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }

  static long number(byte[] bytes) {
    return ByteBuffer.wrap(bytes).getLong();
  }
}
