package dev.navarch.node.topology;

import dev.navarch.api.Json;
import dev.navarch.api.Quantity;
import dev.navarch.node.eviction.Signal;
import dev.navarch.node.eviction.Threshold;
import dev.navarch.node.pods.PodRequests;
import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Memory and huge pages: under the policy `Static`, containers of guaranteed pods get theirs from
/// the fewest memory nodes that have it. A node that is part of a group serves that group alone.
/// Any thread may ask.
public final class Memories implements Provider {
  private static final String FILE = "memory_manager_state";

  private final boolean isStatic;
  private final StateFile state;
  private final Map<Integer, Map<String, Long>> offered;
  private final Map<String, Map<String, List<Block>>> given = new HashMap<>();

  private record Block(CpuSet nodes, String resource, long bytes) {}

  /// @param folder where what was given out is written down
  public Memories(KubeletSettings settings, NumaMemory memory, Path folder) {
    this.isStatic = settings.text("memoryManagerPolicy").equals("Static");
    this.state = new StateFile(folder.resolve(FILE));
    this.offered = isStatic ? offered(settings, memory) : Map.of();
    state.read(policy()).ifPresent(this::restore);
    if (isStatic) {
      save();
    }
  }

  private String policy() {
    return isStatic ? "Static" : "None";
  }

  private static Map<Integer, Map<String, Long>> offered(
      KubeletSettings settings, NumaMemory memory) {
    Map<Integer, Map<String, Long>> offered = new TreeMap<>();
    memory.nodes().forEach((node, amounts) -> offered.put(node, new TreeMap<>(amounts)));
    long reserved = 0;
    for (JsonNode entry : settings.objects("reservedMemory")) {
      int node = entry.path("numaNode").asInt();
      Map<String, Long> amounts = offered.get(node);
      if (amounts == null) {
        throw new IllegalArgumentException(
            "reservedMemory: found numaNode %d, expected one of %s"
                .formatted(node, offered.keySet()));
      }
      for (var limit : entry.path("limits").properties()) {
        long bytes = Quantity.parse(limit.getValue().asString()).value();
        amounts.merge(limit.getKey(), -bytes, Long::sum);
        reserved += limit.getKey().equals("memory") ? bytes : 0;
      }
    }
    long total =
        memory.nodes().values().stream().mapToLong(m -> m.getOrDefault("memory", 0L)).sum();
    long kept = settings.reserved("memory") + Threshold.kept(settings, Signal.MEMORY, total);
    if (reserved != kept) {
      throw new IllegalArgumentException(
          "reservedMemory: found %d bytes of memory together, expected what kubeReserved, systemReserved and evictionHard keep, which is %d"
              .formatted(reserved, kept));
    }
    return offered;
  }

  private void restore(ObjectNode document) {
    for (var pod : document.path("entries").properties()) {
      Map<String, List<Block>> containers = new TreeMap<>();
      for (var container : pod.getValue().properties()) {
        List<Block> blocks = new ArrayList<>();
        for (JsonNode block : container.getValue()) {
          List<Integer> nodes =
              block.path("numaAffinity").valueStream().map(JsonNode::asInt).toList();
          blocks.add(
              new Block(
                  CpuSet.of(nodes), block.path("type").asString(), block.path("size").asLong()));
        }
        containers.put(container.getKey(), blocks);
      }
      given.put(pod.getKey(), containers);
    }
  }

  private void save() {
    ObjectNode document = Json.object().put("policyName", policy());
    ObjectNode entries = document.putObject("entries");
    new TreeMap<>(given)
        .forEach(
            (uid, containers) -> {
              ObjectNode pod = entries.putObject(uid);
              containers.forEach(
                  (name, blocks) -> {
                    ArrayNode list = pod.putArray(name);
                    for (Block block : blocks) {
                      ObjectNode one = list.addObject();
                      block.nodes().numbers().forEach(one.putArray("numaAffinity")::add);
                      one.put("type", block.resource()).put("size", block.bytes());
                    }
                  });
            });
    state.write(document);
  }

  /// The memory nodes that a container is held to; empty for any.
  public synchronized CpuSet of(String podUid, String container) {
    return blocks(podUid, container).stream().map(Block::nodes).reduce(CpuSet.NONE, CpuSet::plus);
  }

  private List<Block> blocks(String podUid, String container) {
    return given.getOrDefault(podUid, Map.of()).getOrDefault(container, List.of());
  }

  @Override
  public synchronized List<List<Hint>> hints(Pod pod, List<Container> containers) {
    if (!isStatic || !PodRequests.isGuaranteed(pod)) {
      return List.of();
    }
    String uid = pod.getMetadata().getUid();
    List<List<Hint>> all = new ArrayList<>();
    for (String resource : resources(pod)) {
      CpuSet held =
          containers.stream()
              .flatMap(container -> blocks(uid, container.getName()).stream())
              .filter(block -> block.resource().equals(resource))
              .map(Block::nodes)
              .reduce(CpuSet.NONE, CpuSet::plus);
      long bytes =
          containers.size() == 1
              ? PodRequests.of(containers.getFirst(), resource)
              : PodRequests.of(pod, resource);
      if (!held.isEmpty()) {
        all.add(List.of(new Hint(held, true)));
      } else if (bytes > 0) {
        all.add(hints(resource, bytes));
      }
    }
    return List.copyOf(all);
  }

  private static List<String> resources(Pod pod) {
    return PodRequests.names(pod).stream()
        .filter(name -> name.equals("memory") || name.startsWith("hugepages-"))
        .toList();
  }

  private List<Hint> hints(String resource, long bytes) {
    int fewest = Integer.MAX_VALUE;
    List<CpuSet> fitting = new ArrayList<>();
    for (CpuSet nodes : Hint.choices(CpuSet.of(offered.keySet()))) {
      if (capacity(nodes, resource) >= bytes) {
        fewest = Math.min(fewest, nodes.size());
      }
      if (isOneGroup(nodes) && free(nodes, resource) >= bytes) {
        fitting.add(nodes);
      }
    }
    int least = fewest;
    return fitting.stream().map(nodes -> new Hint(nodes, nodes.size() == least)).toList();
  }

  private long capacity(CpuSet nodes, String resource) {
    return nodes.numbers().stream()
        .mapToLong(node -> offered.getOrDefault(node, Map.of()).getOrDefault(resource, 0L))
        .sum();
  }

  private long free(CpuSet nodes, String resource) {
    long taken =
        blocks()
            .filter(block -> block.resource().equals(resource))
            .filter(block -> nodes.containsAll(block.nodes()))
            .mapToLong(Block::bytes)
            .sum();
    return capacity(nodes, resource) - taken;
  }

  /// Whether what others have from these nodes is from exactly these.
  private boolean isOneGroup(CpuSet nodes) {
    return blocks()
        .map(Block::nodes)
        .allMatch(other -> other.equals(nodes) || other.and(nodes).isEmpty());
  }

  private Stream<Block> blocks() {
    return given.values().stream()
        .flatMap(containers -> containers.values().stream())
        .flatMap(List::stream);
  }

  @Override
  public synchronized void assign(Pod pod, Container container, Optional<Hint> hint) {
    String uid = pod.getMetadata().getUid();
    boolean has = !blocks(uid, container.getName()).isEmpty();
    if (!isStatic || has || !PodRequests.isGuaranteed(pod)) {
      return;
    }
    List<Block> blocks = new ArrayList<>();
    for (String resource : resources(pod)) {
      long bytes = PodRequests.of(container, resource);
      if (bytes > 0) {
        blocks.add(new Block(choose(resource, bytes, hint), resource, bytes));
      }
    }
    given.computeIfAbsent(uid, key -> new TreeMap<>()).put(container.getName(), blocks);
    save();
  }

  private CpuSet choose(String resource, long bytes, Optional<Hint> hint) {
    CpuSet wanted = hint.map(Hint::nodes).orElse(CpuSet.NONE);
    return hints(resource, bytes).stream()
        .min(
            Comparator.comparing((Hint each) -> !each.nodes().equals(wanted))
                .thenComparing(each -> !each.nodes().containsAll(wanted))
                .thenComparing(each -> !each.preferred())
                .thenComparingInt(each -> each.nodes().size()))
        .map(Hint::nodes)
        .orElseThrow(
            () ->
                NotAssigned.unexpected(
                    "[memorymanager] failed to get the default NUMA affinity, no NUMA nodes with enough memory is available"));
  }

  @Override
  public synchronized void release(String podUid) {
    if (given.remove(podUid) != null) {
      save();
    }
  }

  @Override
  public synchronized void retain(Set<String> podUids) {
    if (given.keySet().retainAll(podUids)) {
      save();
    }
  }
}
