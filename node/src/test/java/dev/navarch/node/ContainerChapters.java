package dev.navarch.node;

import static dev.navarch.node.RealNode.PATIENCE;
import static dev.navarch.node.RealNode.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.cri.Cri;
import dev.navarch.node.host.Commands;
import io.fabric8.kubernetes.api.model.ContainerStatus;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// What containers and their pods live through on a real node.
final class ContainerChapters {
  private final RealNode node;

  ContainerChapters(RealNode node) {
    this.node = node;
  }

  void podRuns() {
    node.step("a pod of two containers runs, and they share one address");
    long started = System.nanoTime();
    Pod pod =
        node.create(
            node.pod("web")
                .editSpec()
                .withContainers(
                    container(
                            "one",
                            "mkdir -p /www; echo hello > /www/index.html; exec httpd -f -p 80 -h"
                                + " /www")
                        .build(),
                    container("two", "exec sleep 1000").build())
                .endSpec()
                .build());
    Pod running = node.awaitReady("web");
    System.out.printf("  Ready after %d ms%n", (System.nanoTime() - started) / 1_000_000);
    assertThat(running.getStatus().getPodIP()).startsWith("10.49.0.");
    assertThat(node.exec(pod, "two", "wget", "-q", "-O", "-", "http://127.0.0.1/"))
        .isEqualTo("hello\n");
    assertThat(node.exec(pod, "two", "hostname")).isEqualTo("web\n");
    assertThat(node.exec(pod, "one", "cat", "/etc/hosts"))
        .contains(running.getStatus().getPodIP() + "\tweb");
    assertThat(node.events)
        .anyMatch(e -> e.contains("Started"))
        .anyMatch(e -> e.contains("Created"))
        .anyMatch(e -> e.contains("Pulled"))
        .anyMatch(e -> e.contains("MissingClusterDNS"));
  }

  void startsAreQuick() throws Exception {
    node.step("a pod starts in well under three seconds when its image is there");
    var millis = new java.util.TreeSet<Long>();
    for (int i = 0; i < 7; i++) {
      long started = System.nanoTime();
      node.create(
          node.pod("quick-" + i)
              .editSpec()
              .withContainers(container("main", "exec sleep 1000").build())
              .endSpec()
              .build());
      node.awaitReady("quick-" + i);
      millis.add((System.nanoTime() - started) / 1_000_000);
    }
    String memory =
        Files.readAllLines(Path.of("/proc/self/status")).stream()
            .filter(line -> line.startsWith("VmRSS"))
            .findFirst()
            .orElse("");
    System.out.println("  create to Ready, ms: " + millis + "; " + memory);
    assertThat(millis.first()).isLessThan(3000);
  }

  void failureIsRestarted() {
    node.step(
        "a container that fails is restarted, then backs off; one that succeeds under Never is"
            + " done");
    node.create(
        node.pod("failing")
            .editSpec()
            .withContainers(
                container("main", "echo because > /dev/termination-log; exit 3").build())
            .endSpec()
            .build());
    node.create(
        node.pod("done")
            .editSpec()
            .withRestartPolicy("Never")
            .withContainers(container("main", "echo done").build())
            .endSpec()
            .build());
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              ContainerStatus status =
                  node.get("failing").getStatus().getContainerStatuses().getFirst();
              assertThat(status.getRestartCount()).isPositive();
              assertThat(status.getState().getWaiting().getReason()).isEqualTo("CrashLoopBackOff");
              assertThat(status.getLastState().getTerminated().getExitCode()).isEqualTo(3);
              assertThat(status.getLastState().getTerminated().getMessage()).isEqualTo("because\n");
              assertThat(node.get("done").getStatus().getPhase()).isEqualTo("Succeeded");
            });
  }

  void endsAreTold() throws Exception {
    node.step("the runtime tells of a container's end by itself, not of that of a command in it");
    node.create(
        node.pod("mortal")
            .editSpec()
            .withRestartPolicy("Never")
            .withContainers(container("main", "exec sleep 1000").build())
            .endSpec()
            .build());
    Pod pod = node.awaitReady("mortal");
    String id =
        pod.getStatus().getContainerStatuses().getFirst().getContainerID().replaceFirst(".*//", "");
    List<String> told = new CopyOnWriteArrayList<>();
    try (Cri cri = Cri.at(node.containerd.socket());
        var activity = node.cri.onActivity(told::add)) {
      await().atMost(PATIENCE).until(activity::isHeard);
      node.exec(pod, "main", "true");
      assertThat(told).doesNotContain(id);
      Commands.run("kill", "-9", String.valueOf(node.cri.process(id).orElseThrow()));
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(told).containsOnlyOnce(id));
    }
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(node.get("mortal").getStatus().getPhase()).isEqualTo("Failed"));
  }

  void probesDecide() {
    node.step("readiness follows its probe; liveness restarts");
    node.create(
        node.pod("probed")
            .editSpec()
            .withContainers(
                container(
                        "main",
                        "mkdir /www; echo > /www/ok; touch /tmp/alive; exec httpd -f -p 8080 -h"
                            + " /www")
                    .withNewReadinessProbe()
                    .withPeriodSeconds(1)
                    .withNewHttpGet()
                    .withPath("/ok")
                    .withNewPort(8080)
                    .endHttpGet()
                    .endReadinessProbe()
                    .withNewLivenessProbe()
                    .withPeriodSeconds(1)
                    .withFailureThreshold(2)
                    .withNewExec()
                    .withCommand("test", "-e", "/tmp/alive")
                    .endExec()
                    .endLivenessProbe()
                    .build())
            .endSpec()
            .build());
    Pod pod = node.awaitReady("probed");
    node.exec(pod, "main", "rm", "/www/ok");
    await().atMost(PATIENCE).until(() -> !node.isReady("probed"));
    node.exec(pod, "main", "rm", "/tmp/alive");
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .until(
            () ->
                node.get("probed").getStatus().getContainerStatuses().getFirst().getRestartCount()
                    == 1);
    node.awaitReady("probed");
    assertThat(node.events)
        .anyMatch(e -> e.contains("Unhealthy"))
        .anyMatch(e -> e.contains("failed liveness probe, will be restarted"));
  }

  void unsupportedIsRefused() {
    node.step("what is not supported is refused by name");
    node.create(
        node.pod("windows")
            .editSpec()
            .withNewSecurityContext()
            .withNewWindowsOptions()
            .withRunAsUserName("ann")
            .endWindowsOptions()
            .endSecurityContext()
            .withContainers(container("main", "true").build())
            .endSpec()
            .build());
    node.create(
        node.pod("absent")
            .editSpec()
            .withContainers(
                container("main", "true")
                    .withImage("navarch.dev/none:1")
                    .withImagePullPolicy("Never")
                    .build())
            .endSpec()
            .build());
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              assertThat(node.waiting("windows").getMessage())
                  .contains("spec.securityContext.windowsOptions");
              assertThat(node.waiting("absent").getReason()).isEqualTo("ErrImageNeverPull");
            });
  }
}
