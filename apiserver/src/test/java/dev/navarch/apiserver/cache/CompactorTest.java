package dev.navarch.apiserver.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.store.EmbeddedStore;
import dev.navarch.store.Store;
import dev.navarch.store.StoreMetrics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The compactor follows the store at a distance.
class CompactorTest {
  @Test
  void historyOfTheIntervalBeforeGoes(@TempDir Path folder) {
    try (Store store =
            EmbeddedStore.open(folder.resolve("data"), InstantSource.system(), StoreMetrics.NONE);
        var compactor = Compactor.start(store, Duration.ofMillis(20))) {
      assertThat(compactor).isNotNull();
      store.put("/registry/nodes/n1", new byte[0], 0, null);
      store.put("/registry/nodes/n1", new byte[0], 2, null);
      await().until(() -> store.compactedRevision() == 3);
      assertThat(store.get("/registry/nodes/n1")).isPresent();
    }
  }
}
