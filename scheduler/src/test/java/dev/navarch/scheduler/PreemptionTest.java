package dev.navarch.scheduler;

import static dev.navarch.scheduler.Situation.pod;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.scheduler.Preemption.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;

class PreemptionTest {
  private final Preemption preemption = new Preemption(Plugins.FILTERS);

  @Test
  void theLeastImportantGo() {
    var cluster =
        new Situation()
            .node("a", "")
            .node("b", "")
            .pod("a", pod("a-mid", "4", 50))
            .pod("b", pod("b-low", "2", 10))
            .pod("b", pod("b-mid", "2", 40));

    assertThat(find(cluster, pod("p", "2", 100))).isEqualTo("b: b-low");
    assertThat(find(cluster, pod("p", "4", 100))).isEqualTo("b: b-mid b-low");
    assertThat(cluster.snapshot().node("b").orElseThrow().pods()).hasSize(2);
  }

  @Test
  void ofEqualPodsAsFewAsPossible() {
    var cluster =
        new Situation()
            .node("a", "")
            .node("b", "")
            .pod("a", pod("a1", "2", 0))
            .pod("a", pod("a2", "2", 0))
            .pod("b", pod("b1", "4", 0));

    assertThat(find(cluster, pod("p", "4", 1))).isEqualTo("b: b1");
  }

  @Test
  void equalsDoNotYield() {
    var cluster = new Situation().node("a", "").pod("a", pod("q", "4", 5));

    assertThat(find(cluster, pod("p", "1", 5)))
        .isEqualTo("0/1 nodes are available: 1 No preemption victims found for incoming pod.");
  }

  @Test
  void whereRemovingPodsDoesNotHelpNoneIsRemoved() {
    var cluster =
        new Situation().node("a", "", "{'unschedulable':true}").pod("a", pod("q", "1", 0));

    assertThat(find(cluster, pod("p", "1", 5)))
        .isEqualTo("0/1 nodes are available: 1 Preemption is not helpful for scheduling.");
  }

  @Test
  void aPolicyOfNeverIsKept() {
    var cluster = new Situation().node("a", "").pod("a", pod("q", "4", 0));
    var polite =
        pod(
            "p",
            "",
            Situation.asking("'cpu':'1'", 5).replaceFirst("\\{", "{'preemptionPolicy':'Never',"));

    assertThat(find(cluster, polite)).isEqualTo("not eligible due to preemptionPolicy=Never.");
  }

  @Test
  void whileVictimsLeaveNobodyElseHasTo() {
    var leaving = Situation.podObject("q", "", Situation.asking("'cpu':'4'", 0));
    leaving.getMetadata().setDeletionTimestamp("2026-01-01T00:00:00Z");
    var cluster = new Situation().node("a", "").pod("a", PodView.of(leaving));
    var preemptor = pod("p", "1", 5);
    cluster.snapshot().promise(preemptor, "a");

    assertThat(find(cluster, preemptor))
        .isEqualTo("not eligible due to a terminating pod on the nominated node.");
  }

  private String find(Situation cluster, PodView pod) {
    var cycle = new Cycle(Plugins.FILTERS, Plugins.SCORES, new java.util.Random(1));
    var none = (Cycle.Decision.NoNode) cycle.decide(pod, cluster.snapshot());
    return switch (preemption.find(pod, none.crowded(), cluster.snapshot())) {
      case Outcome.Nothing(String why) -> why;
      case Outcome.Evict(String node, List<PodView> victims) ->
          node + ": " + String.join(" ", victims.stream().map(PodView::name).toList());
    };
  }
}
