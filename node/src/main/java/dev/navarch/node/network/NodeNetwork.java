package dev.navarch.node.network;

import dev.navarch.client.Informers;
import dev.navarch.client.Resource;
import dev.navarch.node.proxy.ServiceProxy;
import io.fabric8.kubernetes.api.model.Node;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A node's share of the cluster's network: its own pods' bridge as soon as the node has a pod
/// range, routes to the other nodes' pods, and Services.
public final class NodeNetwork implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NodeNetwork.class);

  private final String nodeName;
  private final List<String> clusterRanges;
  private final Informers informers;
  private final Kubenet kubenet;
  private final ServiceProxy proxy;
  private final AtomicReference<String> appliedRange = new AtomicReference<>("");

  /// @param podRange the whole cluster's pod addresses
  /// @param nodeRange the nodes' addresses; empty when they are in no range of their own
  /// @param cniConfigurations the folder from which the runtime reads them
  /// @param informers must show only this node's pods; not yet started
  public NodeNetwork(
      String nodeName,
      String podRange,
      String nodeRange,
      Path cniConfigurations,
      Informers informers) {
    this.nodeName = nodeName;
    this.clusterRanges = nodeRange.isEmpty() ? List.of(podRange) : List.of(podRange, nodeRange);
    this.informers = informers;
    this.kubenet = new Kubenet(cniConfigurations);
    this.proxy = new ServiceProxy(nodeName, podRange, informers);
    Routes.keep(nodeName, informers);
    informers.onChange(
        Resource.of(Node.class),
        change -> {
          Node node = change.now();
          if (node != null) {
            applyPodRange(node);
          }
        });
  }

  /// Serves Services from the moment when the caches have seen them all.
  public void start() {
    Thread.ofVirtual()
        .name("node-network")
        .start(
            () -> {
              try {
                informers.awaitSynced();
                proxy.start();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
  }

  @Override
  public void close() {
    proxy.close();
  }

  private void applyPodRange(Node node) {
    String range = node.getSpec() == null ? null : node.getSpec().getPodCIDR();
    if (!node.getMetadata().getName().equals(nodeName)
        || range == null
        || range.equals(appliedRange.get())) {
      return;
    }
    kubenet.apply(range, clusterRanges);
    appliedRange.set(range);
    LOG.atInfo().addKeyValue("podRange", range).log("pod network is set up");
  }
}
