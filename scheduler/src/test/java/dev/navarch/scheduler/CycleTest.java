package dev.navarch.scheduler;

import static dev.navarch.scheduler.Situation.pod;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.scheduler.Cycle.Decision;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CycleTest {
  @Test
  void theSameSeedDecidesTheSame() {
    assertThat(decisions(7)).isEqualTo(decisions(7)).isNotEqualTo(decisions(8));
  }

  @Test
  void allReasonsAreTold() {
    var cluster =
        new Situation()
            .node("a", "", "{'taints':[{'key':'k','effect':'NoSchedule'}]}")
            .node("b", "", "{'unschedulable':true}")
            .node("c", "")
            .node("d", "")
            .pod("d", pod("big", "3", 0));

    Decision decision =
        cycle(1)
            .decide(
                pod("p", "", Situation.asking("'cpu':'2','memory':'9Gi'", 0)), cluster.snapshot());

    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.NoNode.class,
            none -> {
              assertThat(none.message())
                  .isEqualTo(
                      "0/4 nodes are available: 1 Insufficient cpu, 1 node(s) had untolerated"
                          + " taint(s), 1 node(s) were unschedulable, 2 Insufficient memory.");
              assertThat(none.retryOn())
                  .contains(ClusterEvent.NODE_ADDED, ClusterEvent.POD_REMOVED)
                  .doesNotContain(ClusterEvent.VOLUME_CHANGED);
            });
  }

  @Test
  void aMissingClaimIsToldOnce() {
    var cluster = new Situation().node("a", "").node("b", "");
    var pod = pod("p", "", "{'volumes':[{'name':'v','persistentVolumeClaim':{'claimName':'x'}}]}");

    assertThat(cycle(1).decide(pod, cluster.snapshot()))
        .isInstanceOfSatisfying(
            Decision.NoNode.class,
            none ->
                assertThat(none.message())
                    .isEqualTo("0/2 nodes are available: persistentvolumeclaim \"x\" not found."));
  }

  @Test
  void withoutNodes() {
    assertThat(cycle(1).decide(pod("p"), new Snapshot(Situation::selector)))
        .isInstanceOfSatisfying(
            Decision.NoNode.class,
            none -> assertThat(none.message()).isEqualTo("no nodes available to schedule pods"));
  }

  @Test
  void roomThatWasMadeForAnotherIsNotTaken() {
    var cluster = new Situation().node("a", "");
    cluster.snapshot().promise(pod("important", "3", 10), "a");
    PodView small = pod("small", "2", 0);

    Decision decision =
        cluster
            .snapshot()
            .withPromisesKept(small, () -> cycle(1).decide(small, cluster.snapshot()));

    assertThat(decision).isInstanceOf(Decision.NoNode.class);
    assertThat(cycle(1).decide(pod("important", "3", 10), cluster.snapshot()))
        .isEqualTo(new Decision.Fits("a"));
  }

  @ParameterizedTest
  @CsvSource({"50, 50", "100, 100", "150, 100", "1000, 420", "5000, 500", "20000, 1000"})
  void onLargeClustersAPartIsEnough(int nodes, int enough) {
    assertThat(Cycle.enough(nodes)).isEqualTo(enough);
  }

  private static List<Decision> decisions(long seed) {
    var cluster = new Situation();
    for (int i = 0; i < 20; i++) {
      cluster.node("node-" + i, "");
    }
    Cycle cycle = cycle(seed);
    List<Decision> decisions = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      PodView pod = pod("p" + i, "100m", 0);
      Decision decision = cycle.decide(pod, cluster.snapshot());
      decisions.add(decision);
      if (decision instanceof Decision.Fits(String node)) {
        cluster.pod(node, pod);
      }
    }
    return decisions;
  }

  private static Cycle cycle(long seed) {
    return new Cycle(Plugins.FILTERS, Plugins.SCORES, new Random(seed));
  }
}
