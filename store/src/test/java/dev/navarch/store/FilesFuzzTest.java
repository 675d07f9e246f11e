package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;

/// Any bytes where the store's own files are expected: logs, marks of how far it was, snapshots.
/// What is wrong with them is said; they are never taken for what was not written.
final class FilesFuzzTest {
  private static final int FRAGMENT_HEADER = 7;
  private static final Path FILE = file();

  private static Path file() {
    try {
      Path file = Files.createTempFile("navarch-fuzz", ".bin");
      file.toFile().deleteOnExit();
      return file;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @FuzzTest
  void log(byte[] bytes) throws IOException {
    Files.write(FILE, bytes);
    Optional<LogCheck.Fault> fault = LogCheck.check(FILE);
    fault.ifPresent(
        found -> {
          assertThat(found.at()).isBetween(0, bytes.length);
          assertThat(found.found()).isNotBlank();
        });
  }

  /// Fragments with checksums that fit: nothing else guards against their order.
  @FuzzTest
  void fragments(FuzzedDataProvider data) throws IOException {
    var log = new ByteArrayOutputStream();
    while (data.remainingBytes() > 0 && log.size() < 100_000) {
      byte type = data.consumeByte((byte) 0, (byte) 5);
      byte[] content = data.consumeBytes(data.consumeInt(0, 40_000));
      log.writeBytes(fragment(type, content));
    }
    log(log.toByteArray());
  }

  private static byte[] fragment(byte type, byte[] content) {
    var crc = new CRC32C();
    crc.update(type);
    crc.update(content);
    return ByteBuffer.allocate(FRAGMENT_HEADER + content.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(Integer.rotateRight((int) crc.getValue(), 15) + 0xa282ead8)
        .putShort((short) content.length)
        .put(type)
        .put(content)
        .array();
  }

  @FuzzTest
  void head(byte[] bytes) {
    Head.newest(bytes)
        .ifPresent(
            mark -> assertThat(Head.newest(bytes)).map(Head.Mark::turn).hasValue(mark.turn()));
  }

  @FuzzTest
  void snapshot(byte[] bytes) throws IOException {
    read(bytes);
  }

  /// A snapshot whose checksum fits, whatever it says.
  @FuzzTest
  void sealedSnapshot(byte[] content) throws IOException, NoSuchAlgorithmException {
    var whole = new ByteArrayOutputStream();
    whole.writeBytes(Snapshot.FORMAT.getBytes(UTF_8));
    whole.writeBytes(content);
    whole.writeBytes(MessageDigest.getInstance("SHA-256").digest(whole.toByteArray()));
    read(whole.toByteArray());
  }

  private static void read(byte[] bytes) throws IOException {
    Files.write(FILE, bytes);
    var length = new AtomicLong();
    try {
      Snapshot.Summary summary =
          Snapshot.read(
              FILE,
              item -> length.addAndGet(item.value().length + item.key().getBytes(UTF_8).length));
      assertThat(summary.bytes()).isEqualTo(bytes.length);
      assertThat(summary.keys()).isNotNegative();
    } catch (IllegalStateException refused) {
      assertThat(refused).hasMessageContaining(FILE.toString());
    }
    assertThat(length.get()).isLessThanOrEqualTo(3L * bytes.length);
  }
}
