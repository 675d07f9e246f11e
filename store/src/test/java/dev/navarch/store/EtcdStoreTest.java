package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.store.Store.Event;
import dev.navarch.store.Store.UnavailableException;
import dev.navarch.store.etcd.EtcdConfig;
import dev.navarch.store.etcd.EtcdStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The store over etcd keeps the contract, and says what is wrong with etcd.
@Tag("nodes")
class EtcdStoreTest extends StoreContract {
  @TempDir(factory = MemoryFolder.class)
  private Path folder;

  private @Nullable EtcdMember started;

  @Override
  Store fresh() throws IOException {
    assumeThat(EtcdMember.isInstalled()).as("etcd is installed (apt install etcd-server)").isTrue();
    started = EtcdMember.start(folder);
    return open(member().endpoint());
  }

  private EtcdMember member() {
    return Objects.requireNonNull(started);
  }

  private static EtcdStore open(String endpoint) {
    return EtcdStore.open(EtcdConfig.plain(endpoint), InstantSource.system());
  }

  /// Real time passes by itself.
  @Override
  void pass(Duration time) {}

  @AfterEach
  void end() {
    if (started != null) {
      started.close();
    }
  }

  @Test
  void objectsStandWhereKubernetesHasThem() {
    put("/registry/pods/default/web", "1", 0);
    put("/own", "1", 0);
    var config =
        new EtcdConfig(
            EtcdConfig.plain(member().endpoint()).endpoints(),
            "/other/registry",
            Optional.empty(),
            Optional.empty(),
            Optional.empty());
    try (Store other = EtcdStore.open(config, InstantSource.system())) {
      assertThat(other.count("/", "0")).isZero();
      assertThat(other.count("/registry/", "/registry0")).isZero();
      other.put("/registry/pods/default/web", "2".getBytes(UTF_8), 0, null);
      assertThat(text(store.get("/registry/pods/default/web").orElseThrow())).isEqualTo("1");
    }
  }

  @Test
  void twoServersOverOneEtcdSeeEachOthersWrites() {
    try (Store other = open(member().endpoint())) {
      var recorder = new Recorder();
      other.watch("/a/", 1, recorder);
      long written = put("/a/x", "1", 0);
      assertThat(other.revision()).isEqualTo(written);
      assertThat(text(other.get("/a/x").orElseThrow())).isEqualTo("1");
      assertThat(recorder.upTo(written)).hasSize(1);
    }
  }

  @Test
  void serversTakeTurnsToCompact() {
    try (Store other = open(member().endpoint())) {
      put("/a/x", "1", 0);
      long second = put("/a/x", "2", 2);
      store.compactInTurn(2);
      assertThat(store.compactedRevision()).isEqualTo(2);
      other.compactInTurn(second);
      assertThat(other.compactedRevision()).as("it was not its turn").isEqualTo(2);
      other.compactInTurn(second);
      assertThat(other.compactedRevision()).isEqualTo(second);
    }
  }

  @Test
  void aWatchOutlivesAKilledEtcd() {
    var recorder = new Recorder();
    store.watch("/a/", 1, recorder);
    recorder.upTo(put("/a/x", "1", 0));
    member().kill();
    member().startAgain();
    long last = put("/a/x", "2", 2);
    assertThat(recorder.upTo(last)).extracting(Event::revision).containsExactly(2L, 3L);
  }

  @Test
  void anEtcdThatIsGoneIsNamed() {
    member().kill();
    assertThatThrownBy(() -> store.get("/a/x"))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining("etcd at " + member().endpoint() + " does not answer")
        .hasMessageContaining("--etcd-servers");
  }

  @Test
  void anEtcdWithAnOlderBackupIsRefused() throws Exception {
    put("/a/x", "1", 0);
    Path backup = folder.resolve("backup");
    member().kill();
    DeadStore.copyAll(folder.resolve("m0"), backup);
    member().startAgain();
    await().ignoreExceptions().until(() -> put("/a/x", "2", 2) > 0);
    member().kill();
    DeadStore.remove(folder.resolve("m0"));
    Files.move(backup, folder.resolve("m0"));
    member().startAgain();
    await()
        .untilAsserted(
            () ->
                assertThatThrownBy(() -> store.revision())
                    .hasMessageContaining("etcd went back from revision 3 to 2"));
    assertThatThrownBy(() -> store.get("/a/x")).hasMessageContaining("older backup");
  }

  @Test
  void anEtcdOutOfSpaceIsNamed() throws Exception {
    try (EtcdMember small =
            EtcdMember.start(
                Files.createDirectory(folder.resolve("small")), "--quota-backend-bytes=1000000");
        Store full = open(small.endpoint())) {
      byte[] large = new byte[400_000];
      full.put("/a/x", "kept".getBytes(UTF_8), 0, null);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 200; i++) {
                  full.put("/a/" + i, large, 0, null);
                }
              })
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("out of space (alarm NOSPACE)")
          .hasMessageContaining("alarm disarm");
      assertThat(text(full.get("/a/x").orElseThrow())).isEqualTo("kept");
    }
  }

  @Test
  void threeMembersOutliveTheirLeader() throws Exception {
    List<EtcdMember> three =
        EtcdMember.start(Files.createDirectory(folder.resolve("three")), 3, List.of());
    try (Store store =
        EtcdStore.open(
            EtcdConfig.plain(three.stream().map(EtcdMember::endpoint).toArray(String[]::new)),
            InstantSource.system())) {
      var recorder = new Recorder();
      store.watch("/a/", 1, recorder);
      long last = 0;
      for (EtcdMember each : three) {
        each.kill();
        last = written(store, last);
        each.startAgain();
      }
      assertThat(recorder.upTo(last))
          .extracting(Event::revision)
          .doesNotHaveDuplicates()
          .isSorted();
      assertThat(store.get("/a/x").orElseThrow().modRevision()).isEqualTo(last);
    } finally {
      three.forEach(EtcdMember::close);
    }
  }

  /// Writes until a write is acknowledged: those that are not may have been done too.
  private static long written(Store store, long expected) {
    long seen = expected;
    while (true) {
      try {
        switch (store.put("/a/x", new byte[0], seen, null)) {
          case Store.Outcome.Committed(long revision) -> {
            return revision;
          }
          case Store.Outcome.Mismatch(var current) ->
              seen = current == null ? 0 : current.modRevision();
        }
      } catch (UnavailableException e) {
        Thread.onSpinWait();
      }
    }
  }
}
