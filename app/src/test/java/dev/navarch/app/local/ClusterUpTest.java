package dev.navarch.app.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class ClusterUpTest {
  private static final Instant STARTED = Instant.parse("2026-01-01T12:00:00Z");

  /// After `down --keep-data`, `up` used to believe what nodes had said in their life before.
  @Test
  void aNodeIsReadyWhenItSaidSoSinceItsAgentStarted() {
    assertThat(ClusterUp.isReadySince(node("True", "2026-01-01T12:00:01Z"), STARTED)).isTrue();
    assertThat(ClusterUp.isReadySince(node("True", "2026-01-01T11:59:59Z"), STARTED)).isFalse();
    assertThat(ClusterUp.isReadySince(node("False", "2026-01-01T12:00:01Z"), STARTED)).isFalse();
    assertThat(ClusterUp.isReadySince(new Node(), STARTED)).isFalse();
  }

  private static Node node(String ready, String heartbeat) {
    return new NodeBuilder()
        .withNewStatus()
        .addNewCondition()
        .withType("Ready")
        .withStatus(ready)
        .withLastHeartbeatTime(heartbeat)
        .endCondition()
        .endStatus()
        .build();
  }
}
