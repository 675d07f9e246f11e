package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// No damage to the log's end loses what was acknowledged without a word: not a flipped bit, not a
/// cut. A write that nobody was told of may be torn anywhere, and goes.
@Tag("faults")
class DamagedTailTest {
  private static final int RECORDS = 3;

  @TempDir(factory = MemoryFolder.class)
  private Path folder;

  private Path dead;
  private byte[] log;

  /// Where the log's last records begin, and where they end.
  private final int[] ends = new int[RECORDS + 1];

  @BeforeEach
  void write() throws IOException {
    Path living = folder.resolve("living");
    try (Store store = open(living)) {
      put(store, "/a/x", 0);
      put(store, "/a/y", 0);
      ends[0] = (int) Files.size(DeadStore.log(living));
      for (int i = 1; i <= RECORDS; i++) {
        put(store, "/a/" + i, 0);
        ends[i] = (int) Files.size(DeadStore.log(living));
      }
      dead = DeadStore.copy(living, folder.resolve("dead"));
    }
    log = Files.readAllBytes(DeadStore.log(dead));
    assertThat(log).hasSize(ends[RECORDS]);
  }

  private static Store open(Path path) {
    return EmbeddedStore.open(path, InstantSource.system(), StoreMetrics.NONE);
  }

  private static void put(Store store, String key, long expected) {
    store.put(key, key.getBytes(UTF_8), expected, null);
  }

  @Test
  void everyCutIsFound() throws IOException {
    var row = new FaultRow("the log's last three records cut at every byte");
    for (int length = ends[0]; length < log.length; length++) {
      isRefused(Arrays.copyOf(log, length), "cut to %d of %d bytes".formatted(length, log.length));
      row.judged(RECORDS, List.of());
    }
    row.end();
  }

  @Test
  void everyFlippedBitIsFound() throws IOException {
    var row = new FaultRow("the log's last three records, every bit flipped");
    for (int bit = ends[0] * 8; bit < log.length * 8; bit++) {
      flip(bit);
      row.judged(RECORDS, List.of());
    }
    row.end();
  }

  private void flip(int bit) throws IOException {
    var bits = BitSet.valueOf(log);
    bits.flip(bit);
    isRefused(Arrays.copyOf(bits.toByteArray(), log.length), "flipped bit " + bit);
  }

  private void isRefused(byte[] damaged, String how) throws IOException {
    Path copy = DeadStore.copy(dead, folder.resolve("copy"));
    Files.write(DeadStore.log(copy), damaged);
    try (Store store = open(copy)) {
      fail("%s: the store opened at revision %d", how, store.revision());
    } catch (IllegalStateException e) {
      assertThat(e).as(how).hasMessageContaining(copy.toString()).hasMessageContaining("restore");
    }
    DeadStore.remove(copy);
  }

  @Test
  void aWriteThatNobodyWasToldOfMayBeTornAnywhere() throws IOException {
    byte[] before = Files.readAllBytes(dead.resolve(Head.FILE));
    Path whole = DeadStore.copy(dead, folder.resolve("whole"));
    Path newest;
    try (Store store = open(whole)) {
      put(store, "/a/torn", 0);
      newest = DeadStore.log(whole);
      Files.copy(newest, folder.resolve("log"));
      DeadStore.copy(whole, folder.resolve("copy"));
    }
    byte[] bytes = Files.readAllBytes(folder.resolve("log"));
    Path copy = folder.resolve("copy");
    for (int length = log.length; length < bytes.length; length++) {
      Path torn = DeadStore.copy(copy, folder.resolve("torn"));
      Files.write(
          torn.resolve("rocksdb").resolve(newest.getFileName()), Arrays.copyOf(bytes, length));
      Files.write(torn.resolve(Head.FILE), before);
      try (Store store = open(torn)) {
        assertThat(store.revision()).isEqualTo(6);
        assertThat(store.get("/a/torn")).isEmpty();
        put(store, "/a/torn", 0);
      }
      try (Store store = open(torn)) {
        assertThat(store.revision()).isEqualTo(7);
      }
      DeadStore.remove(torn);
    }
  }

  @Test
  void aTornHeadIsAsGoodAsTheOneBefore() throws IOException {
    byte[] head = Files.readAllBytes(dead.resolve(Head.FILE));
    for (int slot = 0; slot < 2; slot++) {
      Path copy = DeadStore.copy(dead, folder.resolve("torn-" + slot));
      byte[] torn = head.clone();
      torn[slot * 4096 + 20] ^= 1;
      Files.write(copy.resolve(Head.FILE), torn);
      try (Store store = open(copy)) {
        assertThat(store.revision()).isEqualTo(6);
      }
    }
  }

  @Test
  void aMissingHeadIsDamage() throws IOException {
    Files.delete(dead.resolve(Head.FILE));
    assertThatThrownBy(() -> open(dead)).hasMessageContaining("head is missing or damaged");
    Files.write(dead.resolve(Head.FILE), new byte[8192]);
    assertThatThrownBy(() -> open(dead)).hasMessageContaining("head is missing or damaged");
  }
}
