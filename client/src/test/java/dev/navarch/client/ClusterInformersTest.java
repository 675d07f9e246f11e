package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.ApiError;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ClusterInformersTest {
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  private final SimulatedCluster cluster = new SimulatedCluster(new SimulatedClock());
  private ClusterInformers informers = new ClusterInformers(cluster, new Random(1));
  private final List<String> heard = new CopyOnWriteArrayList<>();

  @AfterEach
  void stop() {
    informers.close();
  }

  @Test
  void showsMoreThanOnePage() throws InterruptedException {
    for (int i = 0; i < 1203; i++) {
      cluster.given(pod("p" + i, "node-" + i % 3));
    }

    Lister<Pod> pods = start();

    assertThat(pods.all()).hasSize(1203);
    assertThat(pods.onNode("node-0")).hasSize(401);
    assertThat(pods.in("default")).hasSize(1203);
    assertThat(pods.in("other")).isEmpty();
  }

  @Test
  void findsObjectsByWhatTheyHoldNow() throws InterruptedException {
    cluster.given(pod("a", "n1"));
    Lookup<Pod> byName =
        informers.lookup(
            Pod.class,
            pod -> List.of(pod.getMetadata().getName(), "on " + pod.getSpec().getNodeName()));
    Lister<Pod> pods = start();
    assertThat(byName.of("a")).hasSize(1);
    assertThat(byName.of("on n1")).hasSize(1);

    Pod moved = Objects.copy(pods.find("default", "a").orElseThrow());
    moved.getSpec().setNodeName("n2");
    cluster.update(moved);
    await().until(() -> !byName.of("on n2").isEmpty());
    assertThat(byName.of("on n1")).isEmpty();
    assertThat(byName.of("a")).extracting(pod -> pod.getSpec().getNodeName()).containsExactly("n2");

    cluster.delete(PODS, Key.of(moved), new Cluster.DeleteOptions(Duration.ZERO, null, null, null));
    await().until(() -> byName.of("a").isEmpty());
    assertThat(byName.of("on n2")).isEmpty();
  }

  @Test
  void tellsHandlersWhatWasAndWhatIs() throws InterruptedException {
    cluster.given(pod("a", "n1"));
    listen();
    Lister<Pod> pods = start();

    Pod bound = Objects.copy(pods.find("default", "a").orElseThrow());
    bound.getSpec().setNodeName("n2");
    cluster.update(bound);
    cluster.delete(PODS, Key.of(bound), new Cluster.DeleteOptions(Duration.ZERO, null, null, null));

    await()
        .untilAsserted(
            () -> assertThat(heard).containsExactly("null > n1", "n1 > n2", "n2 > null"));
    assertThat(pods.onNode("n1")).isEmpty();
    assertThat(pods.onNode("n2")).isEmpty();
  }

  @Test
  void goesOnWhereItStoodWhenAWatchBreaks() throws InterruptedException {
    Lister<Pod> pods = start();
    cluster.fail("list", "pods", new ApiError.Internal("a list is not needed"));

    cluster.breakWatches();
    cluster.given(pod("a", "n1"));

    await().until(() -> pods.find("default", "a").isPresent());
  }

  @Test
  void listsAgainWhenThePastIsForgotten() throws InterruptedException {
    cluster.given(pod("a", "n1"));
    cluster.given(pod("b", "n1"));
    listen();
    Lister<Pod> pods = start();
    cluster.fail("watch", "pods", new ApiError.Unavailable("away"));
    cluster.breakWatches();

    cluster.delete(
        PODS, new Key("default", "a"), new Cluster.DeleteOptions(Duration.ZERO, null, null, null));
    cluster.given(pod("c", "n2"));
    cluster.compact();
    cluster.heal();

    await().until(() -> pods.find("default", "c").isPresent());
    assertThat(pods.find("default", "a")).isEmpty();
    await()
        .untilAsserted(
            () ->
                assertThat(heard)
                    .containsExactlyInAnyOrder("null > n1", "null > n1", "n1 > null", "null > n2"));
  }

  @Test
  void keepsOnlyWhatItIsNarrowedTo() throws InterruptedException {
    cluster.given(pod("mine", "n1"));
    cluster.given(pod("other", "n2"));
    cluster.given(pod("later", null));
    informers =
        new ClusterInformers(
            cluster, new Random(1), new ClusterInformers.Scope(PODS, "spec.nodeName=n1"));

    Lister<Pod> pods = start();
    cluster.post(
        PODS,
        new Key("default", "later"),
        "binding",
        Objects.document("{\"target\":{\"name\":\"n1\"}}".getBytes(StandardCharsets.UTF_8)));

    await().until(() -> pods.all().count() == 2);
    assertThat(pods.all().map(pod -> pod.getMetadata().getName()))
        .containsExactlyInAnyOrder("mine", "later");
  }

  @Test
  void waitsUntilACacheShowsAWrite() throws InterruptedException {
    start();
    Pod pod = cluster.given(pod("a", "n1"));
    var stored = new Write.Stored(PODS, Key.of(pod), Revisions.of(pod));
    var future = new Write.Stored(PODS, Key.of(pod), Revisions.of(pod) + 1);

    assertThat(informers.awaitWrite(stored, Duration.ofSeconds(5))).isTrue();
    assertThat(informers.awaitWrite(future, Duration.ofMillis(1))).isFalse();
  }

  private Lister<Pod> start() throws InterruptedException {
    Lister<Pod> pods = informers.lister(Pod.class);
    informers.start();
    informers.awaitSynced();
    return pods;
  }

  private void listen() {
    informers.onChange(
        PODS, change -> heard.add(node(change.before()) + " > " + node(change.now())));
  }

  private static String node(@Nullable Pod pod) {
    return pod == null ? "null" : pod.getSpec().getNodeName();
  }

  private static Pod pod(String name, @Nullable String node) {
    return new PodBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withNodeName(node)
        .endSpec()
        .build();
  }
}
