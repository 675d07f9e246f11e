package dev.navarch.node.csi;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.node.csi.v1.NodeGetInfoResponse;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.storage.CSINode;
import io.fabric8.kubernetes.api.model.storage.CSINodeBuilder;
import io.fabric8.kubernetes.api.model.storage.CSINodeDriver;
import io.fabric8.kubernetes.api.model.storage.CSINodeDriverBuilder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// What the API knows of a node's storage drivers: the CSINode object, and on the Node the topology
/// labels and the ids that drivers gave it.
public final class CsiNodeObject {
  private static final Logger LOG = LoggerFactory.getLogger(CsiNodeObject.class);
  private static final String IDS = "csi.volume.kubernetes.io/nodeid";
  private static final int ATTEMPTS = 5;

  private final Cluster cluster;
  private final String nodeName;

  public CsiNodeObject(Cluster cluster, String nodeName) {
    this.cluster = cluster;
    this.nodeName = nodeName;
  }

  /// Makes the object when it is missing; a new agent has no drivers yet.
  public void ensure() {
    change(drivers -> drivers);
  }

  void show(String driver, NodeGetInfoResponse info) {
    Map<String, String> segments = new TreeMap<>(info.getAccessibleTopology().getSegmentsMap());
    onNode(
        ids -> {
          ids.put(driver, info.getNodeId());
          return ids;
        },
        segments);
    CSINodeDriver entry =
        new CSINodeDriverBuilder()
            .withName(driver)
            .withNodeID(info.getNodeId())
            .withTopologyKeys(List.copyOf(segments.keySet()))
            .build();
    if (info.getMaxVolumesPerNode() > 0) {
      entry =
          new CSINodeDriverBuilder(entry)
              .withNewAllocatable((int) Math.min(info.getMaxVolumesPerNode(), Integer.MAX_VALUE))
              .build();
    }
    CSINodeDriver shown = entry;
    change(
        drivers -> {
          List<CSINodeDriver> changed = without(drivers, driver);
          changed.add(shown);
          return changed;
        });
  }

  void hide(String driver) {
    try {
      change(drivers -> without(drivers, driver));
      onNode(
          ids -> {
            ids.remove(driver);
            return ids;
          },
          Map.of());
    } catch (ApiException e) {
      LOG.atWarn()
          .addKeyValue("driver", driver)
          .addKeyValue("reason", e.getMessage())
          .log("the API still shows a driver that is gone");
    }
  }

  private static List<CSINodeDriver> without(List<CSINodeDriver> drivers, String name) {
    List<CSINodeDriver> others = new ArrayList<>(drivers);
    others.removeIf(one -> one.getName().equals(name));
    return others;
  }

  private void change(UnaryOperator<List<CSINodeDriver>> change) {
    for (int attempt = 1; ; attempt++) {
      try {
        changeOnce(change);
        return;
      } catch (ApiException e) {
        if (attempt == ATTEMPTS || !(e.isConflict() || e.isAlreadyExists())) {
          throw e;
        }
      }
    }
  }

  private void changeOnce(UnaryOperator<List<CSINodeDriver>> change) {
    var found = cluster.find(CSINode.class, "", nodeName);
    if (found.isEmpty()) {
      Node node = cluster.get(Resource.of(Node.class), new Key("", nodeName));
      cluster.create(
          new CSINodeBuilder()
              .withNewMetadata()
              .withName(nodeName)
              .addNewOwnerReference()
              .withApiVersion("v1")
              .withKind("Node")
              .withName(nodeName)
              .withUid(node.getMetadata().getUid())
              .endOwnerReference()
              .endMetadata()
              .withNewSpec()
              .withDrivers(change.apply(List.of()))
              .endSpec()
              .build());
      return;
    }
    CSINode object = Objects.copy(found.get());
    List<CSINodeDriver> changed = change.apply(object.getSpec().getDrivers());
    if (!changed.equals(object.getSpec().getDrivers())) {
      object.getSpec().setDrivers(changed);
      cluster.update(object);
    }
  }

  private void onNode(UnaryOperator<Map<String, String>> ids, Map<String, String> labels) {
    Node node = cluster.get(Resource.of(Node.class), new Key("", nodeName));
    var annotations = node.getMetadata().getAnnotations();
    String before = annotations == null ? null : annotations.get(IDS);
    Map<String, String> known = new TreeMap<>();
    if (before != null) {
      Objects.document(before.getBytes(StandardCharsets.UTF_8))
          .properties()
          .forEach(id -> known.put(id.getKey(), id.getValue().asString()));
    }
    Map<String, String> after = ids.apply(known);
    ObjectNode patch = Objects.emptyDocument();
    ObjectNode metadata = patch.putObject("metadata");
    String text = after.isEmpty() ? null : new String(Objects.write(after), StandardCharsets.UTF_8);
    metadata.putObject("annotations").put(IDS, text);
    ObjectNode wanted = metadata.putObject("labels");
    labels.forEach(wanted::put);
    cluster.patch(
        Resource.of(Node.class),
        new Key("", nodeName),
        new Cluster.Patch(Cluster.Patch.Type.MERGE, Objects.write(patch)),
        "");
  }
}
