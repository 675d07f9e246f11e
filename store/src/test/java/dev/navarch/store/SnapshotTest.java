package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.navarch.store.Store.CompactedException;
import dev.navarch.store.Store.KeyValue;
import dev.navarch.store.etcd.EtcdConfig;
import dev.navarch.store.etcd.EtcdRestore;
import dev.navarch.store.etcd.EtcdStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A snapshot holds what was there, says when it is damaged, and restores without any revision
/// being given out twice.
class SnapshotTest {
  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir(factory = MemoryFolder.class)
  private Path folder;

  private Store open(String name) {
    return EmbeddedStore.open(folder.resolve(name), CLOCK, StoreMetrics.NONE);
  }

  private static void fill(Store store, int keys) {
    for (int i = 0; i < keys; i++) {
      store.put("/registry/pods/default/p" + i, ("pod " + i).getBytes(UTF_8), 0, null);
    }
    store.put("/cluster", "mark".getBytes(UTF_8), 0, null);
    store.put("/registry/events/default/e", "e".getBytes(UTF_8), 0, Duration.ofHours(1));
    store.delete(
        "/registry/pods/default/p0",
        store.get("/registry/pods/default/p0").orElseThrow().modRevision());
  }

  private static Map<String, String> all(Store store) {
    Map<String, String> all = new TreeMap<>();
    for (String from : new String[] {"/", "/registry/"}) {
      String to = from.equals("/") ? "/registry/" : "/registry0";
      for (KeyValue each : store.range(from, to, 0, 0).items()) {
        if (!each.key().equals("/revision-offset")) {
          all.put(each.key(), new String(each.value(), UTF_8));
        }
      }
    }
    return all;
  }

  @Test
  void aRestoredStoreHoldsTheSameAndGoesOnFarAbove() {
    Path file = folder.resolve("snapshot");
    Map<String, String> before;
    long newest;
    try (Store store = open("old")) {
      fill(store, 2_500);
      before = all(store);
      Snapshot.Summary saved;
      try (Store reading = EmbeddedStore.reading(folder.resolve("old"), CLOCK)) {
        saved = Snapshot.save(reading, file, CLOCK.instant());
      }
      assertThat(saved.keys()).isEqualTo(2_501);
      assertThat(saved.revision()).isEqualTo(store.revision());
      store.put("/registry/pods/default/later", new byte[0], 0, null);
      newest = store.revision();
    }
    EmbeddedRestore.restore(file, folder.resolve("new"));
    try (Store restored = open("new")) {
      assertThat(all(restored)).isEqualTo(before);
      assertThat(restored.revision()).isGreaterThan(newest);
      KeyValue event = restored.get("/registry/events/default/e").orElseThrow();
      assertThat(restored.end(event)).isPresent();
      assertThatThrownBy(() -> restored.watch("/registry/", newest, new Recorder()))
          .isInstanceOf(CompactedException.class);
      long raised = restored.revision();
      restored.put("/registry/pods/default/next", new byte[0], 0, null);
      assertThat(restored.revision()).isEqualTo(raised + 1);
    }
    assertThat(Fsck.check(folder.resolve("new"))).isEmpty();
  }

  @Test
  void aDirectoryWithAStoreIsLeftAlone() {
    Path file = folder.resolve("snapshot");
    try (Store store = open("old")) {
      Snapshot.save(store, file, Instant.EPOCH);
    }
    assertThatThrownBy(() -> EmbeddedRestore.restore(file, folder.resolve("old")))
        .hasMessageContaining("is not empty");
    assertThatThrownBy(
            () -> {
              try (Store store = open("old")) {
                Snapshot.save(store, file, Instant.EPOCH);
              }
            })
        .hasMessageContaining("exists already");
  }

  @Test
  void everyCutAndFlipOfASnapshotIsFound() throws IOException {
    Path file = folder.resolve("snapshot");
    try (Store store = open("old")) {
      fill(store, 3);
      Snapshot.save(store, file, Instant.EPOCH);
    }
    byte[] bytes = Files.readAllBytes(file);
    Path damaged = folder.resolve("damaged");
    for (int length = 0; length < bytes.length; length++) {
      Files.write(damaged, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> Snapshot.status(damaged)).hasMessageContaining(damaged.toString());
    }
    for (int bit = 0; bit < bytes.length * 8; bit++) {
      byte[] flipped = bytes.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      Files.write(damaged, flipped);
      assertThatThrownBy(() -> Snapshot.status(damaged)).hasMessageContaining(damaged.toString());
    }
  }

  @Test
  void aStoreThatLostItsEndGoesOnOnlyWhenToldTo() throws IOException {
    Path dead;
    try (Store store = open("old")) {
      fill(store, 5);
      dead = DeadStore.copy(folder.resolve("old"), folder.resolve("dead"));
    }
    assertThat(Fsck.check(dead)).isEmpty();
    Path log = DeadStore.log(dead);
    byte[] bytes = Files.readAllBytes(log);
    bytes[bytes.length - 20] ^= 1;
    Files.write(log, bytes);
    assertThat(Fsck.check(dead)).singleElement().asString().contains("checksum");
    assertThatThrownBy(() -> EmbeddedStore.open(dead, CLOCK, StoreMetrics.NONE))
        .hasMessageContaining(log.toString())
        .hasMessageContaining("fsck");
    long kept = Fsck.acceptLoss(dead);
    assertThat(kept).isEqualTo(8);
    try (Store store = EmbeddedStore.open(dead, CLOCK, StoreMetrics.NONE)) {
      assertThat(store.revision()).isEqualTo(9);
      store.put("/registry/pods/default/next", new byte[0], 0, null);
      assertThat(store.revision()).isEqualTo(10);
    }
    assertThat(Fsck.check(dead)).isEmpty();
  }

  @Tag("nodes")
  @Test
  void aClusterMovesIntoEtcdAndBack() throws IOException {
    assumeThat(EtcdMember.isInstalled()).as("etcd is installed (apt install etcd-server)").isTrue();
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    Map<String, String> before;
    long old;
    long moved;
    try (Store store = open("old")) {
      fill(store, 200);
      before = all(store);
      old = store.revision();
      Snapshot.save(store, first, CLOCK.instant());
    }
    try (EtcdMember member = EtcdMember.start(folder);
        EtcdStore etcd = EtcdStore.open(EtcdConfig.plain(member.endpoint()), CLOCK)) {
      EtcdRestore.restore(first, etcd, CLOCK);
      assertThat(all(etcd)).isEqualTo(before);
      assertThat(etcd.revision()).isGreaterThan(old);
      assertThatThrownBy(() -> etcd.watch("/registry/", old, new Recorder()))
          .isInstanceOf(CompactedException.class);
      assertThatThrownBy(() -> EtcdRestore.restore(first, etcd, CLOCK))
          .hasMessageContaining("etcd holds keys");
      moved = etcd.revision();
      Snapshot.save(etcd, second, CLOCK.instant());
    }
    EmbeddedRestore.restore(second, folder.resolve("new"));
    try (Store back = open("new")) {
      assertThat(all(back)).isEqualTo(before);
      assertThat(back.revision()).isGreaterThan(moved);
    }
  }
}
