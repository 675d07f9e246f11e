package dev.navarch.tests.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.store.History;
import dev.navarch.store.History.Answer;
import dev.navarch.store.History.Operation;
import dev.navarch.store.Store;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Clients that create, change and delete config maps, one each, and keep what they asked and what
/// they were answered. When a server does not answer they ask the next one, and look first what
/// became of what they asked.
final class ApiWriters implements AutoCloseable {
  static final Resource<ConfigMap> CONFIG_MAPS = Resource.of(ConfigMap.class);
  static final String LABEL = "app=faults";
  private static final int WRITERS = 4;
  private static final long PAUSE = 5_000_000;

  final History history = new History();
  private final List<? extends Cluster> servers;
  private final String namespace;
  private final long seed;
  private final AtomicInteger acknowledged = new AtomicInteger();
  private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;

  ApiWriters(List<? extends Cluster> servers, String namespace, long seed) {
    this.servers = List.copyOf(servers);
    this.namespace = namespace;
    this.seed = seed;
  }

  ApiWriters start() {
    for (int i = 0; i < WRITERS; i++) {
      var writer = new Writer(i);
      threads.add(Thread.ofVirtual().start(writer::run));
    }
    return this;
  }

  /// Writes a last change, which every watch must come to.
  ///
  /// @return its revision
  long mark(Cluster cluster) {
    String value = "mark-" + seed;
    ConfigMap made = cluster.create(CONFIG_MAPS, map(value, value, null));
    history.add(new Operation(value, value, false, Answer.ACKNOWLEDGED, revision(made)));
    return revision(made);
  }

  int acknowledged() {
    return acknowledged.get();
  }

  /// What clients were told that they must not be told.
  List<String> violations() {
    return List.copyOf(violations);
  }

  /// Returns when every writer knows what became of its last write.
  @Override
  public void close() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }

  static String value(ConfigMap map) {
    return map.getData().getOrDefault("value", "");
  }

  static long revision(ConfigMap map) {
    return Long.parseLong(map.getMetadata().getResourceVersion());
  }

  static Store.KeyValue keyValue(ConfigMap map) {
    return new Store.KeyValue(
        map.getMetadata().getName(), value(map).getBytes(UTF_8), 0, revision(map), 0);
  }

  private ConfigMap map(String name, String value, @Nullable String resourceVersion) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace(namespace)
        .withName(name)
        .withResourceVersion(resourceVersion)
        .addToLabels("app", "faults")
        .endMetadata()
        .addToData("value", value)
        .build();
  }

  private final class Writer {
    private final Random random;
    private final String name;
    private int server;
    private int count;
    private @Nullable ConfigMap held;

    Writer(int number) {
      this.random = new Random(seed * WRITERS + number);
      this.name = "k" + number;
      this.server = number;
    }

    void run() {
      held = look();
      while (!stopped) {
        try {
          write(servers.get(server % servers.size()));
        } catch (ApiException e) {
          judge(e);
          server++;
          held = look();
        }
      }
    }

    private void write(Cluster cluster) {
      ConfigMap before = held;
      String value = "%s-%d-%d".formatted(name, seed, count++);
      if (before == null) {
        acknowledge(value, () -> cluster.create(CONFIG_MAPS, map(name, value, null)));
      } else if (random.nextInt(5) == 0) {
        history.add(new Operation(name, value, true, Answer.UNKNOWN, 0));
        cluster.delete(before);
        acknowledged.incrementAndGet();
        held = null;
      } else {
        String last = before.getMetadata().getResourceVersion();
        acknowledge(value, () -> cluster.update(CONFIG_MAPS, map(name, value, last), ""));
      }
    }

    private void acknowledge(String value, Supplier<ConfigMap> call) {
      history.add(new Operation(name, value, false, Answer.UNKNOWN, 0));
      ConfigMap now = call.get();
      held = now;
      history.add(new Operation(name, value, false, Answer.ACKNOWLEDGED, revision(now)));
      acknowledged.incrementAndGet();
    }

    /// What there is, from whoever answers; nobody else writes it.
    private @Nullable ConfigMap look() {
      while (true) {
        try {
          Optional<ConfigMap> found =
              servers.get(server % servers.size()).find(CONFIG_MAPS, new Key(namespace, name));
          return found.orElse(null);
        } catch (ApiException e) {
          judge(e);
          server++;
          LockSupport.parkNanos(PAUSE);
        }
      }
    }

    /// A client may be told to try again, and nothing else.
    private void judge(ApiException e) {
      boolean again =
          switch (e.error()) {
            case ApiError.Unavailable _, ApiError.Timeout _, ApiError.TooManyRequests _ -> true;
            default -> false;
          };
      if (!again) {
        violations.add("%s was told: %s".formatted(name, e.getMessage()));
      }
    }
  }
}
