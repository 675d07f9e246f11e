package dev.navarch.apiserver.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.store.EmbeddedStore;
import dev.navarch.store.Store;
import dev.navarch.store.StoreMetrics;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The compactor follows the store at a distance.
class CompactorTest {
  @Test
  void historyOfTheIntervalBeforeGoes(@TempDir Path folder) {
    AtomicLong forgotten = new AtomicLong();
    try (Store store =
            EmbeddedStore.open(folder.resolve("data"), InstantSource.system(), StoreMetrics.NONE);
        var compactor =
            Compactor.start(store, StoreMetrics.NONE, forgotten::set, Duration.ofMillis(20))) {
      assertThat(compactor).isNotNull();
      store.put("/registry/nodes/n1", new byte[0], 0, null);
      store.put("/registry/nodes/n1", new byte[0], 2, null);
      await().until(() -> store.compactedRevision() == 3);
      await().until(() -> forgotten.get() == 3);
      assertThat(store.get("/registry/nodes/n1")).isPresent();
    }
  }

  @Test
  void aStoreThatIsAwayForAWhileIsCompactedLater(@TempDir Path folder) {
    var failures = new AtomicInteger(3);
    try (Store store =
            EmbeddedStore.open(folder.resolve("data"), InstantSource.system(), StoreMetrics.NONE);
        var compactor =
            Compactor.start(
                away(store, failures), StoreMetrics.NONE, _ -> {}, Duration.ofMillis(20))) {
      assertThat(compactor).isNotNull();
      store.put("/registry/nodes/n1", new byte[0], 0, null);
      await().until(() -> store.compactedRevision() == 2);
      assertThat(failures).hasNonPositiveValue();
    }
  }

  /// Does not say its revision so many times, after the first.
  private static Store away(Store store, AtomicInteger failures) {
    var first = new AtomicBoolean(true);
    return (Store)
        Proxy.newProxyInstance(
            Store.class.getClassLoader(),
            new Class<?>[] {Store.class},
            (_, method, arguments) -> {
              boolean asked = method.getName().equals("revision") && arguments == null;
              if (asked && !first.getAndSet(false) && failures.getAndDecrement() > 0) {
                throw new Store.UnavailableException("etcd does not answer", null);
              }
              return method.invoke(store, arguments);
            });
  }
}
