package dev.navarch.apiserver.registry;

import static dev.navarch.apiserver.registry.TestRegistry.configMap;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.Json;
import dev.navarch.apiserver.FakeExchange;
import dev.navarch.client.Cluster;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/// Watches: what is there, then every change, as each watcher's selector makes it look.
class WatchTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps?watch=true";

  @TempDir Path folder;
  private TestRegistry test;

  @BeforeEach
  void open() {
    test = TestRegistry.in(folder);
  }

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void changesAreSeenThroughTheSelector() throws InterruptedException {
    test.create(configMap("a"), "{'metadata':{'labels':{'x':'1'}}}");
    FakeExchange watch = new FakeExchange("GET", MAPS + "&labelSelector=x%3D1");
    Thread running = start(watch);
    await().until(() -> watch.events().size() == 1);
    label("a", "2");
    label("a", "1");
    test.create(configMap("b"), "{}");
    label("b", "1");
    test.registry().delete(configMap("b"), DeleteOptions.DEFAULT);
    await().until(() -> watch.events().size() == 5);
    assertThat(watch.events())
        .containsExactly("ADDED a", "DELETED a", "ADDED a", "ADDED b", "DELETED b");
    watch.hangUp();
    running.join();
  }

  @Test
  void aWatchGoesOnAfterAResourceVersion() throws InterruptedException {
    ObjectNode first = test.create(configMap("a"), "{}");
    test.create(configMap("b"), "{}");
    FakeExchange watch =
        new FakeExchange("GET", MAPS + "&resourceVersion=" + Metadata.of(first).resourceVersion());
    Thread running = start(watch);
    await().until(() -> !watch.events().isEmpty());
    assertThat(watch.events()).containsExactly("ADDED b");
    watch.hangUp();
    running.join();
  }

  @Test
  void whatIsThereEndsWithAMarkedBookmark() throws InterruptedException {
    test.create(configMap("a"), "{}");
    FakeExchange watch =
        new FakeExchange(
            "GET",
            MAPS
                + "&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
    Thread running = start(watch);
    await().until(() -> watch.events().size() == 2);
    assertThat(watch.events()).containsExactly("ADDED a", "BOOKMARK");
    String bookmark = watch.text().lines().toList().get(1);
    assertThat(
            Json.parse(bookmark.getBytes(StandardCharsets.UTF_8))
                .at("/object/metadata/annotations/k8s.io~1initial-events-end")
                .asString())
        .isEqualTo("true");
    watch.hangUp();
    running.join();
  }

  @Test
  void aWatchEndsInTimeWithABookmark() throws InterruptedException {
    FakeExchange watch =
        new FakeExchange("GET", MAPS + "&timeoutSeconds=1&allowWatchBookmarks=true");
    start(watch).join();
    await().untilAsserted(() -> assertThat(watch.events()).containsExactly("BOOKMARK"));
  }

  @Test
  void aTableIsWatchedRowByRow() throws InterruptedException {
    FakeExchange watch =
        new FakeExchange("GET", MAPS)
            .with("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
    Thread running = start(watch);
    test.create(configMap("a"), "{}");
    test.create(configMap("b"), "{}");
    await().until(() -> watch.events().size() == 2);
    List<ObjectNode> tables =
        watch.text().lines().map(l -> Json.parse(l.getBytes(StandardCharsets.UTF_8))).toList();
    assertThat(tables.get(0).at("/object/columnDefinitions").size()).isEqualTo(2);
    assertThat(tables.get(1).at("/object/rows/0/cells/0").asString()).isEqualTo("b");
    assertThat(tables.get(1).at("/object/columnDefinitions").size()).isZero();
    watch.hangUp();
    running.join();
  }

  @Test
  void anOldResourceVersionIsGone() throws InterruptedException {
    FakeExchange watch = new FakeExchange("GET", MAPS + "&resourceVersion=1");
    test.store().compact(test.store().revision());
    test.reopenCaches();
    for (int i = 0; i < 3; i++) {
      test.create(configMap("m" + i), "{}");
    }
    test.store().compact(test.store().revision());
    test.reopenCaches();
    start(watch).join();
    assertThat(watch.text()).contains("\"type\":\"ERROR\"").contains("too old resource version");
  }

  @Test
  void aProgramInTheSameProcessSeesTheSame() {
    Resource<ConfigMap> maps = Resource.of(ConfigMap.class);
    Cluster cluster = test.cluster();
    ConfigMap made =
        cluster.create(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("a")
                .endMetadata()
                .addToData("k", "v")
                .build());
    assertThat(made.getMetadata().getUid()).isNotEmpty();
    assertThat(cluster.find(ConfigMap.class, "default", "a").orElseThrow())
        .isSameAs(cluster.find(ConfigMap.class, "default", "a").orElseThrow());
    Recorder recorder = new Recorder();
    try (Cluster.Watch _ =
        cluster.watch(maps, new Cluster.WatchOptions("default", "", "", ""), recorder)) {
      await().until(() -> recorder.seen.contains("added a"));
      cluster.update(new ConfigMapBuilder(made).addToData("k", "w").build());
      cluster.delete(made);
      await().until(() -> recorder.seen.contains("deleted a"));
    }
    await().until(() -> recorder.seen.contains("ended null"));
    assertThat(recorder.seen).containsExactly("added a", "modified a", "deleted a", "ended null");
    assertThat(cluster.list(maps, Cluster.ListOptions.in("default")).items()).isEmpty();
    assertThat(cluster.discover()).anyMatch(resource -> resource.plural().equals("pods"));
  }

  private static final class Recorder implements Cluster.WatchListener<ConfigMap> {
    final List<String> seen = new CopyOnWriteArrayList<>();

    @Override
    public void added(ConfigMap object) {
      seen.add("added " + object.getMetadata().getName());
    }

    @Override
    public void modified(ConfigMap object) {
      seen.add("modified " + object.getMetadata().getName());
    }

    @Override
    public void deleted(ConfigMap last) {
      seen.add("deleted " + last.getMetadata().getName());
    }

    @Override
    public void bookmark(String resourceVersion) {}

    @Override
    public void ended(dev.navarch.api.@Nullable ApiException why) {
      seen.add("ended " + why);
    }
  }

  private Thread start(FakeExchange watch) {
    return Thread.ofVirtual().start(() -> test.handler().handle(watch));
  }

  private void label(String name, String value) {
    test.registry()
        .patch(
            configMap(name),
            Subresource.NONE,
            object -> {
              Metadata.of(object).fields().putObject("labels").put("x", value);
              return object;
            },
            false);
  }
}
