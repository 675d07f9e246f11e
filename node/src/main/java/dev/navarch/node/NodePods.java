package dev.navarch.node;

import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Resource;
import dev.navarch.node.events.PodStory;
import dev.navarch.node.pods.Admission;
import dev.navarch.node.pods.PodGroups;
import dev.navarch.node.pods.PodWorkers;
import dev.navarch.node.staticpods.StaticPods;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.Service;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;

/// The node's pods, from the API and from files: who decides which it takes, and who runs them.
///
/// @param pressures the node's conditions because of which it takes fewer
/// @param groups their place in the tree of control groups
/// @param statics those from files, when there is a folder for them
record NodePods(
    NodeTools tools,
    AtomicReference<Set<String>> pressures,
    Admission admission,
    PodGroups groups,
    PodWorkers workers,
    Optional<StaticPods> statics)
    implements AutoCloseable {

  /// Those from files run from now on, before the node is known to the API: the API may be one of
  /// them.
  ///
  /// @param runtimeName the scheme of container ids: `containerd`
  static NodePods begin(NodeTools tools, NodeFacts facts, NodeDrivers drivers, String runtimeName)
      throws IOException {
    NodeConfig config = tools.config();
    PodGroups groups = Reserve.of(config, facts);
    Lister<Node> nodes = tools.informers().lister(Node.class);
    var pressures = new AtomicReference<Set<String>>(Set.of());
    var admission =
        new Admission(
            pressures::get,
            () -> offered(tools, facts),
            () -> nodes.find(new Key("", config.nodeName())),
            tools.provision());
    var workers =
        PodWorkers.of(
            config,
            tools.runtime(),
            tools.cluster(),
            tools.informers().lister(Service.class),
            new PodStory(tools.recorder()),
            tools.clock(),
            runtimeName,
            groups,
            admission,
            drivers.storage(),
            drivers.claims());
    workers.begin();
    Optional<StaticPods> statics =
        config
            .settings()
            .ifStated("staticPodPath")
            .map(
                path ->
                    new StaticPods(
                        Path.of(path), config.nodeName(), workers.statics(), tools.clock()));
    statics.ifPresent(StaticPods::start);
    return new NodePods(tools, pressures, admission, groups, workers, statics);
  }

  /// What pods can have here, devices among it.
  private static Map<String, Quantity> offered(NodeTools tools, NodeFacts facts) {
    Map<String, Quantity> offered = new TreeMap<>(facts.allocatable(tools.config().settings()));
    offered.putAll(tools.provision().allocatable());
    return offered;
  }

  /// Looks after the pods that the API binds to the node, too. Returns when those are known that
  /// there are.
  void lookAfter() throws InterruptedException, IOException {
    tools.informers().onChange(Resource.of(Pod.class), workers::changed);
    tools.informers().start();
    tools.informers().awaitSynced();
  }

  /// The uids of all pods that there are; empty before it is certain.
  Optional<Set<String>> known() {
    return statics.filter(each -> !each.isRead()).isEmpty()
        ? Optional.of(
            tools
                .informers()
                .lister(Pod.class)
                .all()
                .map(pod -> pod.getMetadata().getUid())
                .collect(Collectors.toSet()))
        : Optional.empty();
  }

  @Override
  public void close() {
    statics.ifPresent(StaticPods::close);
    workers.close();
  }
}
