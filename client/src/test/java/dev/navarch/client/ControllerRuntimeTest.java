package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ControllerRuntimeTest {
  private final SimulatedCluster cluster = new SimulatedCluster(new SimulatedClock());
  private final ClusterInformers informers = new ClusterInformers(cluster, new Random(1));
  private final CountingMetrics metrics = new CountingMetrics();
  private ControllerRuntime runtime =
      new ControllerRuntime(informers, List.of(), InstantSource.system(), metrics);

  @AfterEach
  void stop() {
    runtime.close();
    informers.close();
  }

  @Test
  void reconcilesWhatIsThereAndWhatComes() {
    List<String> seen = new CopyOnWriteArrayList<>();
    cluster.create(map("a"));
    run(
        Controller.of(
            ConfigMap.class,
            map -> {
              seen.add(map.getMetadata().getName());
              return Result.done();
            }));

    await().until(() -> seen.contains("a"));
    cluster.create(map("b"));
    await().until(() -> seen.contains("b"));
  }

  @Test
  void triesAgainAfterFailuresOfEveryKind() {
    var calls = new AtomicInteger();
    cluster.create(map("a"));
    run(
        Controller.of(
            ConfigMap.class,
            map ->
                switch (calls.incrementAndGet()) {
                  case 1 -> throw new ApiException(new ApiError.Internal("no"));
                  case 2 -> throw new IllegalStateException("bug");
                  case 3 -> throw new StackOverflowError();
                  case 4 -> throw new AssertionError("bug");
                  default -> Result.done();
                }));

    await().untilAsserted(() -> assertThat(calls).hasValue(5));
    assertThat(metrics.value("workqueue_retries_total", "configmap")).isEqualTo(4);
  }

  @Test
  void neverActsOnACacheOlderThanItsOwnWrites() {
    var tracked = new TrackingCluster(cluster);
    var counts = new CopyOnWriteArrayList<Long>();
    Function<Integer, ConfigMap> child = number -> map("child-" + number);
    Lister<Secret> ignored = informers.lister(Secret.class);
    Lister<ConfigMap> maps = informers.lister(ConfigMap.class);
    run(
        Controller.of(
                Secret.class,
                secret -> {
                  long shown = maps.in("default").count();
                  counts.add(shown);
                  if (shown == 20) {
                    return Result.done();
                  }
                  tracked.create(child.apply((int) shown));
                  return Result.again();
                })
            .watches(ConfigMap.class, map -> Stream.of(new Key("default", "owner"))));

    cluster.create(secret("owner"));

    await().until(() -> counts.contains(20L));
    assertThat(cluster.all(ConfigMap.class)).hasSize(20);
    assertThat(counts).isSorted().doesNotContain(21L);
    assertThat(ignored.all()).hasSize(1);
  }

  @Test
  void tellsAReconcilerThatItsObjectIsGone() {
    List<Key> gone = new CopyOnWriteArrayList<>();
    run(
        Controller.of(
            ConfigMap.class,
            new Reconciler<>() {
              @Override
              public Result reconcile(ConfigMap map) {
                return Result.done();
              }

              @Override
              public Result gone(Key key) {
                gone.add(key);
                return Result.done();
              }
            }));
    ConfigMap map = cluster.create(map("a"));
    Lister<ConfigMap> maps = informers.lister(ConfigMap.class);
    await().until(() -> maps.find("default", "a").isPresent());
    cluster.delete(map);

    await().until(() -> gone.contains(new Key("default", "a")));
  }

  @Test
  void worksOnOneKeyAtATimeAndOnSeveralKeysAtOnce() {
    var inside = new AtomicInteger();
    var most = new AtomicInteger();
    var sameKey = new CopyOnWriteArrayList<String>();
    var done = new AtomicInteger();
    for (int i = 0; i < 20; i++) {
      cluster.create(map("m" + i));
    }
    run(
        Controller.of(
                ConfigMap.class,
                map -> {
                  String name = map.getMetadata().getName();
                  if (sameKey.contains(name)) {
                    throw new AssertionError("twice at once: " + name);
                  }
                  sameKey.add(name);
                  most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                  cluster.find(Resource.of(ConfigMap.class), Key.of(map));
                  inside.decrementAndGet();
                  sameKey.remove(name);
                  done.incrementAndGet();
                  return Result.done();
                })
            .workers(4));

    await().until(() -> done.get() >= 20);
    assertThat(most.get()).isBetween(1, 4);
    assertThat(metrics.value("workqueue_retries_total", "configmap")).isZero();
  }

  private void run(Controller controller) {
    runtime =
        new ControllerRuntime(informers, List.of(controller), InstantSource.system(), metrics);
    runtime.start();
  }

  private static ConfigMap map(String name) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .build();
  }

  private static Secret secret(String name) {
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .build();
  }
}
