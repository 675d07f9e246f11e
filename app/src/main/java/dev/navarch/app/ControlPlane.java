package dev.navarch.app;

import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.Components;
import dev.navarch.client.Key;
import dev.navarch.client.LeaderElection;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Random;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The whole control plane in one process: an API server and, unless another control plane over the
/// same etcd does it, the {@link LeaderWork}.
public final class ControlPlane implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ControlPlane.class);
  private static final Key LEASE = new Key("kube-system", "navarch-control-plane");

  private final ApiServer server;
  private final AutoCloseable work;

  private ControlPlane(ApiServer server, AutoCloseable work) {
    this.server = server;
    this.work = work;
  }

  /// @param podRange the addresses of all pods, cut into a /24 for each node
  /// @param simulatedNodes how many nodes without containers there shall be
  /// @param longestCertificates for how long requests for certificates are signed at most
  public record Config(
      ApiServerConfig server, String podRange, int simulatedNodes, Duration longestCertificates) {
    public static final Duration A_YEAR = Duration.ofDays(365);
  }

  /// Returns when the API server is ready and everything else has been set to work. Over etcd
  /// others may be at work: then this one stands by.
  public static ControlPlane start(Config config) throws InterruptedException {
    InstantSource clock = InstantSource.system();
    Random random = new Random();
    ApiServer server = ApiServer.start(config.server());
    AutoCloseable work;
    if (config.server().etcd().isPresent()) {
      work = standBy(config, server, clock, random);
      showWork(server, () -> isLed(server, clock));
    } else {
      work = LeaderWork.start(config, server, clock, random);
      showWork(server, () -> true);
    }
    LOG.atInfo().addKeyValue("port", server.port()).log("control plane is ready");
    return new ControlPlane(server, work);
  }

  private static void showWork(ApiServer server, BooleanSupplier atWork) {
    server.components().show(Components.CONTROLLERS, atWork);
    server.components().show(Components.SCHEDULER, atWork);
  }

  /// Whether one of the control planes does the work, this one or another.
  private static boolean isLed(ApiServer server, InstantSource clock) {
    return server
        .cluster("navarch")
        .find(Resource.of(Lease.class), LEASE)
        .map(Lease::getSpec)
        .filter(lease -> lease.getRenewTime() != null && lease.getLeaseDurationSeconds() != null)
        .filter(
            lease ->
                lease
                    .getRenewTime()
                    .toInstant()
                    .plusSeconds(lease.getLeaseDurationSeconds())
                    .isAfter(clock.instant()))
        .isPresent();
  }

  private static AutoCloseable standBy(
      Config config, ApiServer server, InstantSource clock, Random random) {
    String identity = config.server().advertiseAddress() + "_" + UUID.randomUUID();
    var election =
        new LeaderElection(
            server.cluster("navarch"), LEASE, identity, clock, LeaderElection.Timing.DEFAULT);
    Thread thread =
        Thread.ofVirtual()
            .name("leader-election")
            .start(
                () -> {
                  try {
                    while (true) {
                      election.run(() -> startWork(config, server, clock, random));
                    }
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    return () -> {
      thread.interrupt();
      thread.join();
    };
  }

  private static AutoCloseable startWork(
      Config config, ApiServer server, InstantSource clock, Random random) {
    try {
      return LeaderWork.start(config, server, clock, random);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return () -> {};
    }
  }

  public ApiServer server() {
    return server;
  }

  /// In the reverse order of the start.
  @Override
  public void close() {
    try {
      work.close();
    } catch (Exception e) {
      LOG.atWarn().setCause(e).log("a part of the control plane did not close");
    }
    server.close();
  }
}
