package dev.navarch.node.pods;

import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.ContainerStats;
import dev.navarch.node.stats.UsageSampler;
import dev.navarch.node.volumes.FileTrees;
import dev.navarch.node.volumes.Volumes;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Whether a pod takes more of the node's disk than its limits say: what its containers wrote into
/// their own files and logs, and its volumes.
record StorageLimits(NodeConfig config, Volumes volumes, UsageSampler sampler) {
  private static final String STORAGE = "ephemeral-storage";

  static boolean concern(Pod pod) {
    return Amounts.all(pod).anyMatch(c -> Amounts.limits(c).containsKey(STORAGE))
        || pod.getSpec().getVolumes().stream()
            .anyMatch(v -> v.getEmptyDir() != null && v.getEmptyDir().getSizeLimit() != null);
  }

  /// What is exceeded, in upstream's words; empty when nothing is.
  Optional<String> exceededBy(Pod pod) {
    return volumes.overLimit(pod).or(() -> containers(pod));
  }

  private Optional<String> containers(Pod pod) {
    if (Amounts.all(pod).noneMatch(c -> Amounts.limits(c).containsKey(STORAGE))) {
      return Optional.empty();
    }
    List<ContainerStats> stats;
    try {
      stats = sampler.latest().containers();
    } catch (CriException unknown) {
      return Optional.empty();
    }
    long all = volumes.diskUsage(pod);
    BigDecimal limitOfAll = BigDecimal.ZERO;
    boolean everyOneLimited = true;
    for (Container container : Amounts.all(pod).toList()) {
      long used = used(pod, container, stats);
      all += used;
      Quantity limit = Amounts.limits(container).get(STORAGE);
      if (limit == null) {
        everyOneLimited = false;
      } else {
        limitOfAll = limitOfAll.add(limit.getNumericalAmount());
        if (BigDecimal.valueOf(used).compareTo(limit.getNumericalAmount()) > 0) {
          return Optional.of(
              "Container %s exceeded its local ephemeral storage limit \"%s\". "
                  .formatted(container.getName(), limit));
        }
      }
    }
    return everyOneLimited && BigDecimal.valueOf(all).compareTo(limitOfAll) > 0
        ? Optional.of(
            "Pod ephemeral local storage usage exceeds the total limit of containers %s. "
                .formatted(limitOfAll.toBigInteger()))
        : Optional.empty();
  }

  private long used(Pod pod, Container container, List<ContainerStats> stats) {
    var meta = pod.getMetadata();
    long written =
        stats.stream()
            .filter(
                each ->
                    meta.getUid()
                            .equals(each.getAttributes().getLabelsOrDefault(CriNames.POD_UID, ""))
                        && container.getName().equals(each.getAttributes().getMetadata().getName()))
            .mapToLong(each -> each.getWritableLayer().getUsedBytes().getValue())
            .max()
            .orElse(0);
    Path logs =
        config
            .podLogDir(meta.getNamespace(), meta.getName(), meta.getUid())
            .resolve(container.getName());
    try {
      return written + (Files.isDirectory(logs) ? FileTrees.size(logs) : 0);
    } catch (IOException gone) {
      return written;
    }
  }
}
