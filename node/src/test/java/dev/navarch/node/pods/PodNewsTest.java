package dev.navarch.node.pods;

import static dev.navarch.node.pods.OnANode.container;
import static dev.navarch.node.pods.OnANode.pod;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What of a pod that the API sends again is worth a look.
class PodNewsTest {
  private final Pod before = pod("web", container("main")).build();
  private final PodStatus written =
      new PodStatusBuilder()
          .withPhase("Running")
          .withPodIP("10.1.0.1")
          .addNewCondition()
          .withType("Ready")
          .withStatus("True")
          .endCondition()
          .build();

  @Test
  void ownStatusComingBackIsNone() {
    assertThat(PodNews.isNews(before, sent(pod -> pod), written)).isFalse();
    assertThat(PodNews.isNews(before, sent(pod -> pod), null)).isTrue();
  }

  static Stream<UnaryOperator<PodBuilder>> changes() {
    return Stream.of(
        pod -> pod.editMetadata().withDeletionTimestamp("now").endMetadata(),
        pod -> pod.editMetadata().withDeletionGracePeriodSeconds(1L).endMetadata(),
        pod -> pod.editMetadata().addToLabels("a", "b").endMetadata(),
        pod -> pod.editMetadata().addToAnnotations("a", "b").endMetadata(),
        pod -> pod.editMetadata().withGeneration(2L).endMetadata(),
        pod -> pod.editMetadata().addToFinalizers("a/b").endMetadata(),
        pod -> pod.editSpec().withActiveDeadlineSeconds(5L).endSpec(),
        pod -> pod.editStatus().withPhase("Failed").endStatus(),
        pod -> pod.editStatus().addNewCondition().withType("x/y").endCondition().endStatus());
  }

  @ParameterizedTest
  @MethodSource("changes")
  void whatOthersChangeIs(UnaryOperator<PodBuilder> change) {
    assertThat(PodNews.isNews(before, sent(change), written)).isTrue();
  }

  /// As it comes over the wire, with the status that was written.
  private Pod sent(UnaryOperator<PodBuilder> change) {
    var builder =
        new PodBuilder(before)
            .editMetadata()
            .withResourceVersion("17")
            .endMetadata()
            .withStatus(written);
    return Objects.read(Objects.write(change.apply(builder).build()), Pod.class);
  }
}
