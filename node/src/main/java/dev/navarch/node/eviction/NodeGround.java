package dev.navarch.node.eviction;

import dev.navarch.client.EventRecorder;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.Container;
import dev.navarch.node.cri.v1.ContainerState;
import dev.navarch.node.cri.v1.FilesystemUsage;
import dev.navarch.node.host.Filesystem;
import dev.navarch.node.images.ImageGc;
import dev.navarch.node.pods.CriNames;
import dev.navarch.node.pods.PodGroups;
import dev.navarch.node.pods.PodWorkers;
import dev.navarch.node.stats.Machine;
import dev.navarch.node.stats.Summary;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// A real node for the evictor.
///
/// @param groups the cgroups of all pods
/// @param node for whom events speak
public record NodeGround(
    NodeConfig config,
    ContainerRuntime runtime,
    PodWorkers workers,
    Summary summary,
    ImageGc images,
    PodGroups groups,
    EventRecorder recorder,
    Node node)
    implements Evictor.Ground {
  private static final Logger LOG = LoggerFactory.getLogger(NodeGround.class);
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration LOOK = Duration.ofMillis(200);

  @Override
  public Map<Signal, Level> levels() {
    Map<Signal, Level> levels = new EnumMap<>(Signal.class);
    Machine machine = Machine.read(Path.of("/proc"));
    long total = machine.memory("MemTotal");
    levels.put(Signal.MEMORY, new Level(total - machine.workingSet(), total));
    groups
        .memory()
        .ifPresent(
            memory ->
                levels.put(
                    Signal.ALLOCATABLE_MEMORY,
                    new Level(memory.limit() - memory.workingSet(), memory.limit())));
    levels.put(
        Signal.PROCESSES,
        new Level(machine.maxProcesses() - machine.processes(), machine.maxProcesses()));
    disk(levels, Filesystem.of(config.dataDir()), Signal.NODE_DISK, Signal.NODE_INODES);
    disk(levels, imageDisk(), Signal.IMAGE_DISK, Signal.IMAGE_INODES);
    return levels;
  }

  private static void disk(
      Map<Signal, Level> levels, Filesystem disk, Signal bytes, Signal inodes) {
    levels.put(bytes, new Level(disk.available(), disk.capacity()));
    if (disk.inodes() > 0) {
      levels.put(inodes, new Level(disk.inodesFree(), disk.inodes()));
    }
  }

  private Filesystem imageDisk() {
    try {
      Optional<Path> folder =
          runtime.imageFilesystems().stream()
              .map(FilesystemUsage::getFsId)
              .map(id -> Path.of(id.getMountpoint()))
              .filter(Files::isDirectory)
              .findFirst();
      return Filesystem.of(folder.orElse(config.dataDir()));
    } catch (CriException | UncheckedIOException unknown) {
      return Filesystem.of(config.dataDir());
    }
  }

  @Override
  public boolean imagesApart() {
    return imageDisk().device() != Filesystem.of(config.dataDir()).device();
  }

  @Override
  public void freeUnused() {
    Set<String> ended =
        workers.pods().stream()
            .filter(NodeGround::isOver)
            .map(pod -> pod.getMetadata().getUid())
            .collect(Collectors.toSet());
    try {
      for (Container container : runtime.containers("")) {
        boolean dead = container.getState() == ContainerState.CONTAINER_EXITED;
        if (dead && ended.contains(container.getLabelsOrDefault(CriNames.POD_UID, ""))) {
          runtime.removeContainer(container.getId());
        }
      }
      images.removeUnused();
    } catch (CriException e) {
      LOG.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("what nobody needs was not all removed");
    }
  }

  @Override
  public List<Candidate> withStorageLimits() {
    return workers.pods().stream().anyMatch(Candidate::hasStorageLimit)
        ? running().stream().filter(each -> Candidate.hasStorageLimit(each.pod())).toList()
        : List.of();
  }

  @Override
  public void endOverLimit(Candidate candidate, String message) {
    workers.endOverLimit(candidate.pod().getMetadata().getUid(), message);
  }

  @Override
  public List<Candidate> running() {
    Map<String, JsonNode> usage = new HashMap<>();
    summary
        .document(false)
        .path("pods")
        .forEach(each -> usage.put(each.path("podRef").path("uid").asString(""), each));
    List<Candidate> running = new ArrayList<>();
    for (Pod pod : workers.pods()) {
      JsonNode used = usage.get(pod.getMetadata().getUid());
      if (used != null && !isOver(pod) && !workers.hasEnded(pod.getMetadata().getUid())) {
        running.add(new Candidate(pod, PodUsage.of(used)));
      }
    }
    return running;
  }

  @Override
  public void evict(Candidate candidate, String message, Duration grace) {
    String uid = candidate.pod().getMetadata().getUid();
    workers.evict(uid, message, grace);
    long patience = grace.plus(PATIENCE).toNanos();
    long asked = System.nanoTime();
    try {
      while (!workers.hasEnded(uid) && System.nanoTime() - asked < patience) {
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void tell(String message) {
    recorder.warning(node, "EvictionThresholdMet", message);
  }

  private static boolean isOver(Pod pod) {
    String phase = pod.getStatus() == null ? "" : String.valueOf(pod.getStatus().getPhase());
    return phase.equals("Succeeded") || phase.equals("Failed");
  }
}
