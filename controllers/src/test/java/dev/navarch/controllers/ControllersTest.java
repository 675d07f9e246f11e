package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.ClusterInformers;
import dev.navarch.client.ControllerRuntime;
import dev.navarch.client.Metrics;
import dev.navarch.client.SimulatedCluster;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// All controllers together, on the threads that they run on in production.
class ControllersTest {

  @Test
  void makesExactlyAsManyPodsAsWanted() {
    var clock = InstantSource.system();
    var cluster = new SimulatedCluster(clock);
    var events = new RecordedEvents();
    try (var informers = new ClusterInformers(cluster, new Random(1));
        var runtime =
            new ControllerRuntime(
                informers,
                Controllers.all(
                    informers,
                    cluster,
                    events,
                    clock,
                    new Controllers.Config(new FakeAuthority(), "10.40.0.0/16", 24, () -> cluster)),
                clock,
                Metrics.NONE)) {
      runtime.start();
      for (int i = 0; i < 5; i++) {
        cluster.create(deployment("web-" + i));
      }

      await()
          .until(
              () ->
                  cluster.all(Deployment.class).stream()
                      .allMatch(
                          one ->
                              one.getStatus() != null
                                  && Integer.valueOf(20).equals(one.getStatus().getReplicas())));
      assertThat(cluster.all(Pod.class)).hasSize(100);
      assertThat(List.copyOf(events.lines())).noneMatch(line -> line.contains("Delete"));
    }
  }

  private static Deployment deployment(String name) {
    return new DeploymentBuilder()
        .withNewMetadata()
        .withNamespace("default")
        .withName(name)
        .endMetadata()
        .withNewSpec()
        .withReplicas(20)
        .withNewSelector()
        .addToMatchLabels("app", name)
        .endSelector()
        .withNewStrategy()
        .withType("RollingUpdate")
        .endStrategy()
        .withNewTemplate()
        .withNewMetadata()
        .addToLabels("app", name)
        .endMetadata()
        .withNewSpec()
        .endSpec()
        .endTemplate()
        .endSpec()
        .build();
  }
}
