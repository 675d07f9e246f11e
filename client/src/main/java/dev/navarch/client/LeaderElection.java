package dev.navarch.client;

import dev.navarch.api.ApiException;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets one of several processes lead, by a Lease that the leader keeps renewing. Another's lease
/// counts as expired when it was not seen to change for its duration, by this process's own clock:
/// clocks of different machines are never compared.
public final class LeaderElection {
  private static final Logger LOG = LoggerFactory.getLogger(LeaderElection.class);
  private static final Resource<Lease> LEASES = Resource.of(Lease.class);

  private final Cluster cluster;
  private final Key lease;
  private final String identity;
  private final InstantSource clock;
  private final Timing timing;
  private @Nullable Observed observed;

  /// How long a lease holds, how long a leader tries to renew it before it gives up, and how often
  /// everybody tries.
  public record Timing(Duration lease, Duration renew, Duration retry) {
    public static final Timing DEFAULT =
        new Timing(Duration.ofSeconds(15), Duration.ofSeconds(10), Duration.ofSeconds(2));
  }

  private record Observed(@Nullable LeaseSpec spec, Instant at) {}

  public LeaderElection(
      Cluster cluster, Key lease, String identity, InstantSource clock, Timing timing) {
    this.cluster = cluster;
    this.lease = lease;
    this.identity = identity;
    this.clock = clock;
    this.timing = timing;
  }

  /// Waits to become the leader, starts `leading`, and closes it when the lease is lost. Returns
  /// then; on interrupt, the lease is given up and left for the next.
  public void run(Leading leading) throws InterruptedException {
    while (!tryToLead()) {
      Thread.sleep(timing.retry());
    }
    LOG.atInfo().setMessage("Became the leader").addKeyValue("lease", lease).log();
    try (AutoCloseable _ = leading.start()) {
      keep();
      LOG.atWarn().setMessage("Lost the lease").addKeyValue("lease", lease).log();
    } catch (InterruptedException e) {
      release();
      throw e;
    } catch (Exception e) {
      throw new IllegalStateException("a leader could not be closed", e);
    }
  }

  /// Starts the work of a leader; what it answers is closed to stop it.
  @FunctionalInterface
  public interface Leading {
    AutoCloseable start();
  }

  /// Takes or renews the lease once; says whether this process holds it now.
  public boolean tryToLead() {
    try {
      Optional<Lease> found = cluster.find(LEASES, lease);
      if (found.isEmpty()) {
        cluster.create(LEASES, first());
        return true;
      }
      LeaseSpec spec = found.get().getSpec();
      if (observed == null || !java.util.Objects.equals(observed.spec(), spec)) {
        observed = new Observed(spec, clock.instant());
      }
      if (!isMine(spec) && !isFree(spec) && !hasExpired(spec, observed.at())) {
        return false;
      }
      cluster.update(renewed(found.get()));
      return true;
    } catch (ApiException e) {
      LOG.atDebug().setMessage("Lease not taken").addKeyValue("lease", lease).setCause(e).log();
      return false;
    }
  }

  /// Gives the lease up, so that another can lead at once.
  public void release() {
    try {
      cluster
          .find(LEASES, lease)
          .filter(found -> isMine(found.getSpec()))
          .ifPresent(
              found -> {
                Lease free = Objects.copy(found);
                free.getSpec().setHolderIdentity("");
                free.getSpec().setLeaseDurationSeconds(1);
                cluster.update(free);
              });
    } catch (ApiException e) {
      LOG.atDebug().setMessage("Lease not released").addKeyValue("lease", lease).setCause(e).log();
    }
  }

  private void keep() throws InterruptedException {
    Instant renewed = clock.instant();
    while (clock.instant().isBefore(renewed.plus(timing.renew()))) {
      Thread.sleep(timing.retry());
      if (tryToLead()) {
        renewed = clock.instant();
      }
    }
  }

  private boolean isMine(@Nullable LeaseSpec spec) {
    return spec != null && identity.equals(spec.getHolderIdentity());
  }

  private static boolean isFree(@Nullable LeaseSpec spec) {
    return spec == null || spec.getHolderIdentity() == null || spec.getHolderIdentity().isEmpty();
  }

  private boolean hasExpired(LeaseSpec spec, Instant seen) {
    Integer seconds = spec.getLeaseDurationSeconds();
    var duration = seconds == null ? timing.lease() : Duration.ofSeconds(seconds);
    return clock.instant().isAfter(seen.plus(duration));
  }

  private Lease first() {
    return new LeaseBuilder()
        .withNewMetadata()
        .withNamespace(lease.namespace())
        .withName(lease.name())
        .endMetadata()
        .withNewSpec()
        .withHolderIdentity(identity)
        .withLeaseDurationSeconds((int) timing.lease().toSeconds())
        .withAcquireTime(clock.instant().atZone(ZoneOffset.UTC))
        .withRenewTime(clock.instant().atZone(ZoneOffset.UTC))
        .withLeaseTransitions(0)
        .endSpec()
        .build();
  }

  private Lease renewed(Lease found) {
    LeaseBuilder next = new LeaseBuilder(found);
    if (!isMine(found.getSpec())) {
      Integer transitions = found.getSpec() == null ? null : found.getSpec().getLeaseTransitions();
      next.editOrNewSpec()
          .withAcquireTime(clock.instant().atZone(ZoneOffset.UTC))
          .withLeaseTransitions(transitions == null ? 1 : transitions + 1)
          .endSpec();
    }
    return next.editOrNewSpec()
        .withHolderIdentity(identity)
        .withLeaseDurationSeconds((int) timing.lease().toSeconds())
        .withRenewTime(clock.instant().atZone(ZoneOffset.UTC))
        .endSpec()
        .build();
  }
}
