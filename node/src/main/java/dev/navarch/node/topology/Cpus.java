package dev.navarch.node.topology;

import dev.navarch.api.Json;
import dev.navarch.node.pods.PodRequests;
import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/// Processors: under the policy `static`, a container of a guaranteed pod that asks for whole ones
/// has them for itself, and all others share what is left. Any thread may ask.
public final class Cpus implements Provider {
  private static final String FILE = "cpu_manager_state";

  private final CpuTopology topology;
  private final CpuOptions options;
  private final boolean isStatic;
  private final StateFile state;
  private final CpuSet reserved;
  private final Map<String, Map<String, CpuSet>> exclusive = new HashMap<>();

  /// @param folder where what was given out is written down
  public Cpus(KubeletSettings settings, CpuTopology topology, Path folder) {
    this.topology = topology;
    this.options = CpuOptions.of(settings);
    this.isStatic = settings.text("cpuManagerPolicy").equals("static");
    this.state = new StateFile(folder.resolve(FILE));
    this.reserved = isStatic ? reserved(settings) : CpuSet.NONE;
    state.read(policy()).ifPresent(this::restore);
    if (isStatic) {
      save();
    }
  }

  private String policy() {
    return isStatic ? "static" : "none";
  }

  private CpuSet reserved(KubeletSettings settings) {
    CpuSet stated = settings.reservedCpus();
    if (!stated.isEmpty()) {
      if (!topology.all().containsAll(stated)) {
        throw new IllegalArgumentException(
            "reservedSystemCPUs: found %s, expected some of %s".formatted(stated, topology.all()));
      }
      return stated;
    }
    int count = (int) ((settings.reserved("cpu") + 999) / 1000);
    return new CpuChoice(topology, options)
        .take(topology.all(), count)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "kubeReserved and systemReserved: found %d processors, expected at most %d"
                        .formatted(count, topology.cpus().size())));
  }

  private void restore(ObjectNode document) {
    document
        .path("entries")
        .properties()
        .forEach(
            pod ->
                pod.getValue()
                    .properties()
                    .forEach(
                        container ->
                            exclusive
                                .computeIfAbsent(pod.getKey(), uid -> new TreeMap<>())
                                .put(
                                    container.getKey(),
                                    CpuSet.parse(container.getValue().asString()))));
    if (!topology.all().containsAll(given())) {
      throw new IllegalArgumentException(
          "%s has processors %s, the machine has %s: drain the node and delete the file"
              .formatted(state.file(), given(), topology.all()));
    }
  }

  private void save() {
    ObjectNode document = Json.object().put("policyName", policy());
    document.put("defaultCpuSet", shared().toString());
    ObjectNode entries = document.putObject("entries");
    new TreeMap<>(exclusive)
        .forEach(
            (uid, containers) -> {
              ObjectNode pod = entries.putObject(uid);
              containers.forEach((name, cpus) -> pod.put(name, cpus.toString()));
            });
    state.write(document);
  }

  /// What a container may run on; empty for anything, which no policy decides.
  public synchronized Optional<CpuSet> of(String podUid, String container) {
    if (!isStatic) {
      return Optional.empty();
    }
    CpuSet own = exclusive.getOrDefault(podUid, Map.of()).get(container);
    return Optional.of(own == null ? shared() : own);
  }

  /// Processors that a container has for itself.
  public synchronized CpuSet exclusive(String podUid, String container) {
    return exclusive.getOrDefault(podUid, Map.of()).getOrDefault(container, CpuSet.NONE);
  }

  /// Processors that can be somebody's alone.
  public CpuSet assignable() {
    return topology.all().minus(reserved);
  }

  /// What everybody without processors of their own runs on.
  synchronized CpuSet shared() {
    CpuSet left = topology.all().minus(given());
    return options.strictReservation() ? left.minus(reserved) : left;
  }

  private CpuSet given() {
    return exclusive.values().stream()
        .flatMap(pod -> pod.values().stream())
        .reduce(CpuSet.NONE, CpuSet::plus);
  }

  @Override
  public synchronized List<List<Hint>> hints(Pod pod, List<Container> containers) {
    if (!isStatic) {
      return List.of();
    }
    int count = containers.size() == 1 ? wanted(pod, containers.getFirst()) : together(pod);
    if (count == 0) {
      return List.of();
    }
    CpuSet held = CpuSet.NONE;
    for (Container container : containers) {
      held = held.plus(exclusive(pod.getMetadata().getUid(), container.getName()));
    }
    if (!held.isEmpty()) {
      return List.of(List.of(new Hint(topology.numaOf(held), true)));
    }
    CpuSet free = free(pod);
    List<CpuSet> fitting = new ArrayList<>();
    int least = Integer.MAX_VALUE;
    for (CpuSet nodes : Hint.choices(topology.numaNodes())) {
      if (topology.inNuma(nodes).size() >= count) {
        least = Math.min(least, nodes.size());
      }
      if (topology.inNuma(nodes).and(free).size() >= count) {
        fitting.add(nodes);
      }
    }
    int fewest = least;
    return List.of(
        fitting.stream().map(nodes -> new Hint(nodes, isPreferred(nodes, fewest, count))).toList());
  }

  private boolean isPreferred(CpuSet nodes, int fewest, int count) {
    if (!options.alignBySocket()) {
      return nodes.size() == fewest;
    }
    int sockets = topology.socketsOf(nodes).size();
    int perSocket =
        topology.groups(topology.all(), CpuTopology.Cpu::socket).values().stream()
            .mapToInt(CpuSet::size)
            .max()
            .orElse(1);
    return sockets == (count + perSocket - 1) / perSocket;
  }

  @Override
  public synchronized void assign(Pod pod, Container container, Optional<Hint> hint) {
    int count = isStatic ? wanted(pod, container) : 0;
    String uid = pod.getMetadata().getUid();
    if (count == 0 || !exclusive(uid, container.getName()).isEmpty()) {
      return;
    }
    CpuSet free = free(pod);
    requireWholeCores(count, free);
    CpuSet chosen = choose(free, count, hint);
    exclusive.computeIfAbsent(uid, key -> new TreeMap<>()).put(container.getName(), chosen);
    save();
  }

  private void requireWholeCores(int count, CpuSet free) {
    int threads = topology.threadsPerCore();
    if (!options.fullCores() || threads == 1) {
      return;
    }
    if (count % threads != 0) {
      throw new NotAssigned(
          "SMTAlignmentError",
          "SMT Alignment Error: requested %d cpus not multiple cpus per core = %d"
              .formatted(count, threads));
    }
    long whole =
        topology.groups(free, CpuTopology.Cpu::core).values().stream()
            .filter(core -> core.size() == threads)
            .count();
    if (whole * threads < count) {
      throw new NotAssigned(
          "SMTAlignmentError",
          "SMT Alignment Error: not enough free physical CPUs: available physical CPUs = %d, requested CPUs = %d, CPUs per core = %d"
              .formatted(whole, count, threads));
    }
  }

  private CpuSet choose(CpuSet free, int count, Optional<Hint> hint) {
    if (free.size() < count) {
      throw NotAssigned.unexpected(
          "not enough cpus available to satisfy request: requested=%d, available=%d"
              .formatted(count, free.size()));
    }
    var choice = new CpuChoice(topology, options);
    CpuSet near = hint.map(Hint::nodes).map(topology::inNuma).map(free::and).orElse(CpuSet.NONE);
    CpuSet first = choice.take(near, Math.min(near.size(), count)).orElse(CpuSet.NONE);
    CpuSet rest = choice.take(free.minus(first), count - first.size()).orElse(CpuSet.NONE);
    return first.plus(rest);
  }

  /// What can be given to a container of this pod: what an init container of the same pod had is
  /// free by the time that others start.
  private CpuSet free(Pod pod) {
    CpuSet free = topology.all().minus(given()).minus(reserved);
    Map<String, CpuSet> own = exclusive.getOrDefault(pod.getMetadata().getUid(), Map.of());
    for (Container init : pod.getSpec().getInitContainers()) {
      if (!"Always".equals(init.getRestartPolicy())) {
        free = free.plus(own.getOrDefault(init.getName(), CpuSet.NONE));
      }
    }
    return free;
  }

  /// Whole processors that a container has for itself; 0 when it shares.
  private static int wanted(Pod pod, Container container) {
    long milli = PodRequests.of(container, "cpu");
    return PodRequests.isGuaranteed(pod) && milli % 1000 == 0 ? (int) (milli / 1000) : 0;
  }

  private static int together(Pod pod) {
    long milli = PodRequests.of(pod, "cpu");
    return PodRequests.isGuaranteed(pod) && milli % 1000 == 0 ? (int) (milli / 1000) : 0;
  }

  @Override
  public synchronized void release(String podUid) {
    if (exclusive.remove(podUid) != null) {
      save();
    }
  }

  @Override
  public synchronized void retain(Set<String> podUids) {
    if (exclusive.keySet().retainAll(podUids)) {
      save();
    }
  }
}
