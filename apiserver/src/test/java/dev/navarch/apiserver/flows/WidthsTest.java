package dev.navarch.apiserver.flows;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.FakeExchange;
import dev.navarch.apiserver.auth.Authorizer.Attributes;
import dev.navarch.apiserver.auth.User;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.Interest;
import dev.navarch.apiserver.cache.StorageKeys;
import dev.navarch.apiserver.kinds.KindRulesList;
import dev.navarch.store.EmbeddedStore;
import dev.navarch.store.Store;
import dev.navarch.store.StoreMetrics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How many seats requests take.
final class WidthsTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();
  private static final Kind MAPS = KINDS.byResource("", "v1", "configmaps").orElseThrow();
  @TempDir Path folder;

  private static Attributes asked(String verb, String namespace, String name) {
    return new Attributes(User.SYSTEM, verb, "", "v1", "configmaps", "", namespace, name, "");
  }

  private static FakeExchange get(String query) {
    return new FakeExchange("GET", "/api/v1/configmaps" + query);
  }

  @Test
  void listsTakeSeatsByWhatTheyGoThrough() {
    try (Store store = EmbeddedStore.open(folder, InstantSource.system(), StoreMetrics.NONE);
        Caches caches = Caches.open(store, KindRulesList.selectableFields(KINDS))) {
      String filled = "x".repeat(10_000);
      for (int i = 0; i < 35; i++) {
        String map =
            "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"m"
                + i
                + "\",\"namespace\":\"a\"},\"data\":{\"x\":\""
                + filled
                + "\"}}";
        store.put(
            StorageKeys.key(MAPS, "a", "m" + i), map.getBytes(StandardCharsets.UTF_8), 0, null);
      }
      caches.awaitRevision(store.revision(), Duration.ofSeconds(10));
      Widths widths = new Widths(caches, KINDS, UnaryOperator.identity());

      assertThat(widths.of(asked("list", "", ""), get(""), 100)).isEqualTo(4);
      assertThat(widths.of(asked("list", "b", ""), get(""), 100)).isEqualTo(1);
      assertThat(widths.of(asked("list", "a", ""), get("?limit=12"), 100)).isEqualTo(2);
      assertThat(widths.of(asked("list", "a", "m1"), get(""), 100)).isEqualTo(1);
      assertThat(widths.of(asked("list", "", ""), get(""), 20)).isEqualTo(3);
      assertThat(widths.of(asked("watch", "", ""), get("?watch=true"), 100)).isEqualTo(1);
      assertThat(widths.of(asked("watch", "", ""), get("?watch=true&sendInitialEvents=true"), 100))
          .isEqualTo(4);
      assertThat(widths.of(asked("get", "a", "m1"), get(""), 100)).isEqualTo(1);

      // However many watch what a write changes.
      for (int watch = 0; watch < 15; watch++) {
        String scope = StorageKeys.prefix(MAPS, watch % 2 == 0 ? "" : "a");
        caches.of(MAPS).watch(store.revision(), Interest.in(scope), () -> {});
      }
      assertThat(widths.of(asked("update", "a", "m1"), get(""), 100)).isEqualTo(1);
    }
  }
}
