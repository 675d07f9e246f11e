package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.ApiError;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LeaderElectionTest {
  private final SimulatedClock clock = new SimulatedClock();
  private final SimulatedCluster cluster = new SimulatedCluster(clock);
  private final LeaderElection one = candidate("one");
  private final LeaderElection two = candidate("two");

  @Test
  void lastsAsLongAsItIsRenewed() {
    assertThat(one.tryToLead()).isTrue();
    for (int i = 0; i < 10; i++) {
      assertThat(two.tryToLead()).isFalse();
      clock.advance(Duration.ofSeconds(10));
      assertThat(one.tryToLead()).isTrue();
    }
  }

  @Test
  void passesOnWhenItIsNotRenewed() {
    one.tryToLead();
    two.tryToLead();

    clock.advance(Duration.ofSeconds(16));

    assertThat(two.tryToLead()).isTrue();
    assertThat(one.tryToLead()).isFalse();
    Lease lease = cluster.all(Lease.class).getFirst();
    assertThat(lease.getSpec().getHolderIdentity()).isEqualTo("two");
    assertThat(lease.getSpec().getLeaseTransitions()).isEqualTo(1);
  }

  @Test
  void passesOnAtOnceWhenReleased() {
    one.tryToLead();
    one.release();

    assertThat(two.tryToLead()).isTrue();
  }

  @Test
  void doesNotLeadWithoutAnAnswer() {
    one.tryToLead();
    cluster.fail("update", "leases", new ApiError.Unavailable("away"));

    assertThat(one.tryToLead()).isFalse();
  }

  private LeaderElection candidate(String identity) {
    return new LeaderElection(
        cluster,
        new Key("kube-system", "controllers"),
        identity,
        clock,
        LeaderElection.Timing.DEFAULT);
  }
}
