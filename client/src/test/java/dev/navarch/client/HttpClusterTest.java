package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Statuses;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HttpClusterTest {
  private static final Resource<ConfigMap> MAPS = Resource.of(ConfigMap.class);

  private final List<String> requests = new CopyOnWriteArrayList<>();
  private HttpServer server;
  private HttpCluster cluster;
  private volatile Function<HttpExchange, Answer> answers = exchange -> new Answer(200, "{}");

  private record Answer(int code, String body) {}

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", this::answer);
    server.start();
    cluster =
        new HttpCluster(
            new ServerAccess(address(), null, null, null, "secret", null, false),
            "test",
            new Random(1));
  }

  @AfterEach
  void stop() {
    cluster.close();
    server.stop(0);
  }

  @Test
  void readsWritesAndNamesPathsAsTheApiDoes() {
    answers = exchange -> new Answer(200, map("settings", 7));

    cluster.get(MAPS, new Key("default", "settings"));
    cluster.create(
        new ConfigMapBuilder().withNewMetadata().withNamespace("default").endMetadata().build());
    cluster.list(MAPS, new Cluster.ListOptions("", "a=b", "", "0", 5, ""));
    cluster.delete(MAPS, new Key("default", "settings"), Cluster.DeleteOptions.exactly("u"));

    assertThat(requests)
        .containsExactly(
            "GET /api/v1/namespaces/default/configmaps/settings Bearer secret",
            "POST /api/v1/namespaces/default/configmaps Bearer secret",
            "GET /api/v1/configmaps?labelSelector=a%3Db&resourceVersion=0"
                + "&resourceVersionMatch=NotOlderThan&limit=5 Bearer secret",
            "DELETE /api/v1/namespaces/default/configmaps/settings Bearer secret");
  }

  @Test
  void answersWithTheServersError() {
    var error = new ApiError.NotFound(new ApiError.Resource("", "configmaps"), "x");
    answers = exchange -> new Answer(404, Statuses.document(error).toString());

    assertThat(cluster.find(MAPS, new Key("default", "x"))).isEmpty();
    assertThatThrownBy(() -> cluster.delete(MAPS, new Key("d", "x"), Cluster.DeleteOptions.DEFAULT))
        .isInstanceOfSatisfying(
            ApiException.class, thrown -> assertThat(thrown.error()).isEqualTo(error));
  }

  @Test
  void saysWhoCannotBeReached() {
    server.stop(0);

    assertThatThrownBy(() -> cluster.delete(MAPS, new Key("d", "x"), Cluster.DeleteOptions.DEFAULT))
        .hasMessageContaining("cannot reach " + address());
  }

  @Test
  void followsAWatchToItsEnd() {
    answers =
        exchange ->
            new Answer(
                200,
                event("ADDED", map("a", 5))
                    + event("MODIFIED", map("a", 6))
                    + event("BOOKMARK", map("", 8))
                    + event("DELETED", map("a", 9))
                    + event(
                        "ERROR", Statuses.document(new ApiError.Expired("too old")).toString()));
    var seen = new Recorder();

    cluster.watch(MAPS, new Cluster.WatchOptions("", "", "", "4"), seen);

    await().until(() -> seen.heard.contains("ended " + new ApiError.Expired("too old")));
    assertThat(seen.heard)
        .startsWith("added a 5", "modified a 6", "bookmark 8", "deleted a 9")
        .hasSize(5);
    assertThat(requests.getFirst()).contains("watch=true").contains("resourceVersion=4");
  }

  @Test
  void readsTheTokenFileAgainWhenItChanges(@TempDir Path folder) throws IOException {
    Path token = Files.writeString(folder.resolve("token"), "one\n");
    answers = exchange -> new Answer(200, map("a", 1));
    try (var other =
        new HttpCluster(
            new ServerAccess(address(), null, null, null, null, token, false),
            "test",
            new Random(1))) {
      other.get(MAPS, new Key("d", "a"));
      Files.writeString(token, "two\n");
      Files.setLastModifiedTime(token, FileTime.from(Instant.now().plusSeconds(5)));
      other.get(MAPS, new Key("d", "a"));
    }

    assertThat(requests.get(0)).endsWith("Bearer one");
    assertThat(requests.get(1)).endsWith("Bearer two");
  }

  @Test
  void comesBackWhenTheServerAsksTo() {
    var calls = new AtomicInteger();
    answers =
        exchange -> {
          if (calls.incrementAndGet() == 1) {
            exchange.getResponseHeaders().add("Retry-After", "1");
            return new Answer(429, "slow down");
          }
          return new Answer(200, map("a", 1));
        };

    assertThat(cluster.get(MAPS, new Key("d", "a")).getMetadata().getName()).isEqualTo("a");
    assertThat(calls).hasValue(2);
  }

  private URI address() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void answer(HttpExchange exchange) throws IOException {
    requests.add(
        "%s %s %s"
            .formatted(
                exchange.getRequestMethod(),
                exchange.getRequestURI(),
                exchange.getRequestHeaders().getFirst("Authorization")));
    Answer answer = answers.apply(exchange);
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer.code(), body.length);
    exchange.getResponseBody().write(body);
    exchange.close();
  }

  private static String map(String name, int revision) {
    return "{\"metadata\":{\"name\":\"%s\",\"resourceVersion\":\"%d\"}}".formatted(name, revision);
  }

  private static String event(String type, String object) {
    return "{\"type\":\"%s\",\"object\":%s}\n".formatted(type, object);
  }

  private static final class Recorder implements Cluster.WatchListener<ConfigMap> {
    private final List<String> heard = new CopyOnWriteArrayList<>();

    @Override
    public void added(ConfigMap map) {
      heard.add("added " + line(map));
    }

    @Override
    public void modified(ConfigMap map) {
      heard.add("modified " + line(map));
    }

    @Override
    public void deleted(ConfigMap map) {
      heard.add("deleted " + line(map));
    }

    @Override
    public void bookmark(String resourceVersion) {
      heard.add("bookmark " + resourceVersion);
    }

    @Override
    public void ended(@Nullable ApiException why) {
      heard.add("ended " + (why == null ? "" : why.error()));
    }

    private static String line(ConfigMap map) {
      return map.getMetadata().getName() + " " + map.getMetadata().getResourceVersion();
    }
  }
}
