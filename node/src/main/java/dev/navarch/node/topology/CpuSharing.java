package dev.navarch.node.topology;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerState;
import dev.navarch.node.cri.v1.LinuxContainerResources;
import dev.navarch.node.pods.CriNames;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Moves running containers off processors that somebody got for their own, and back when they are
/// free again. One thread uses it.
public final class CpuSharing {
  private static final Logger LOG = LoggerFactory.getLogger(CpuSharing.class);

  private final ContainerRuntime runtime;
  private final Cpus cpus;
  private final Map<String, CpuSet> applied = new HashMap<>();

  public CpuSharing(ContainerRuntime runtime, Cpus cpus) {
    this.runtime = runtime;
    this.cpus = cpus;
  }

  public void run() {
    Set<String> running = new HashSet<>();
    for (Container container : runtime.containers("")) {
      if (container.getState() == ContainerState.CONTAINER_RUNNING) {
        running.add(container.getId());
        apply(container);
      }
    }
    applied.keySet().retainAll(running);
  }

  private void apply(Container container) {
    String uid = container.getLabelsOrDefault(CriNames.POD_UID, "");
    Optional<CpuSet> wanted = cpus.of(uid, container.getMetadata().getName());
    if (wanted.isEmpty() || wanted.get().equals(applied.get(container.getId()))) {
      return;
    }
    try {
      runtime.updateResources(
          container.getId(),
          LinuxContainerResources.newBuilder().setCpusetCpus(wanted.get().toString()).build());
      applied.put(container.getId(), wanted.get());
    } catch (CriException e) {
      LOG.atWarn()
          .addKeyValue("container", container.getId())
          .addKeyValue("reason", e.getMessage())
          .log("container was not moved to its processors");
    }
  }
}
