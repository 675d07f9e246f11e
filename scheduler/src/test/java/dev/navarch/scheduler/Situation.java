package dev.navarch.scheduler;

import dev.navarch.client.Objects;
import dev.navarch.scheduler.devices.CannotAllocate;
import dev.navarch.scheduler.devices.DeviceSelectors;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// A cluster to decide over, told in a few words. JSON is written with single quotes, labels as
/// `app=web,tier=front`.
final class Situation {
  private final Snapshot snapshot = new Snapshot(Situation::selector);

  Snapshot snapshot() {
    return snapshot;
  }

  /// A node with 4 processors, 8 GiB and room for 10 pods.
  Situation node(String name, String labels) {
    return node(name, labels, "{}");
  }

  Situation node(String name, String labels, String spec) {
    snapshot.put(nodeObject(name, labels, spec));
    return this;
  }

  Situation pod(String node, PodView pod) {
    snapshot.place(pod, node);
    return this;
  }

  Situation namespace(String name, String labels) {
    snapshot.put(
        object(
            "{'metadata':{'name':'%s','labels':%s}}".formatted(name, labels(labels)),
            Namespace.class));
    return this;
  }

  Situation claim(String name, String volume, String phase) {
    snapshot
        .storage()
        .put(
            object(
                "{'metadata':{'namespace':'default','name':'%s'},'spec':{'volumeName':'%s'},'status':{'phase':'%s'}}"
                    .formatted(name, volume, phase),
                PersistentVolumeClaim.class));
    return this;
  }

  /// An object about storage, as it is.
  <T extends HasMetadata> Situation storage(Class<T> type, String json) {
    snapshot.storage().put(object(json, type));
    return this;
  }

  /// An object about devices, as it is.
  <T extends HasMetadata> Situation devices(Class<T> type, String json) {
    snapshot.devices().put(object(json, type));
    return this;
  }

  /// `model=big` picks by an attribute that is a text, `broken` fails on every device, anything
  /// else cannot be read.
  static DeviceSelectors.Selector selector(String text) {
    if (text.equals("broken")) {
      return (driver, device) -> {
        throw new CannotAllocate("broken on " + device.getName());
      };
    }
    String[] pair = text.split("=", 2);
    if (pair.length < 2) {
      throw new CannotAllocate("cannot read " + text);
    }
    return (driver, device) -> {
      var attribute = device.getAttributes().get(pair[0]);
      return attribute != null && pair[1].equals(attribute.getString());
    };
  }

  Situation volume(String name, String spec) {
    snapshot
        .storage()
        .put(
            object(
                "{'metadata':{'name':'%s'},'spec':%s}".formatted(name, spec),
                PersistentVolume.class));
    return this;
  }

  /// What a filter says of a node: empty when the pod fits.
  List<String> reasons(FilterPlugin filter, PodView pod, String node) {
    return switch (filter.prepare(pod, snapshot).test(snapshot.node(node).orElseThrow())) {
      case Verdict.Fits() -> List.of();
      case Verdict.Rejects rejects -> rejects.reasons();
    };
  }

  /// The nodes' names with their scores, as `a=100 b=0`.
  String scores(ScorePlugin plugin, PodView pod) {
    long[] scores = plugin.score(pod, snapshot.nodes(), snapshot);
    var byName = new TreeMap<String, Long>();
    for (int i = 0; i < scores.length; i++) {
      byName.put(snapshot.nodes().get(i).name(), scores[i]);
    }
    return byName.entrySet().stream().map(Object::toString).collect(Collectors.joining(" "));
  }

  static Node nodeObject(String name, String labels, String spec) {
    return object(
        """
        {'metadata':{'name':'%s','labels':%s},'spec':%s,
         'status':{'allocatable':{'cpu':'4','memory':'8Gi','pods':'10'}}}\
        """
            .formatted(name, labels(labels), spec),
        Node.class);
  }

  static PodView pod(String name) {
    return pod(name, "", "{}");
  }

  static PodView pod(String name, String labels, String spec) {
    return PodView.of(podObject(name, labels, spec));
  }

  /// A pod that asks for this much processor, with a priority.
  static PodView pod(String name, String cpu, int priority) {
    return pod(name, "", asking("'cpu':'%s'".formatted(cpu), priority));
  }

  static String asking(String requests, int priority) {
    return "{'priority':%d,'containers':[{'name':'c','image':'i','resources':{'requests':{%s}}}]}"
        .formatted(priority, requests);
  }

  static Pod podObject(String name, String labels, String spec) {
    int slash = name.indexOf('/');
    String namespace = slash < 0 ? "default" : name.substring(0, slash);
    Pod pod =
        object(
            "{'metadata':{'namespace':'%s','name':'%s','uid':'%s','labels':%s},'spec':%s}"
                .formatted(namespace, name.substring(slash + 1), name, labels(labels), spec),
            Pod.class);
    if (pod.getSpec().getContainers().isEmpty()) {
      pod.getSpec()
          .setContainers(
              object(
                      "{'containers':[{'name':'c','image':'i'}]}",
                      io.fabric8.kubernetes.api.model.PodSpec.class)
                  .getContainers());
    }
    return pod;
  }

  static <T> T object(String json, Class<T> type) {
    return Objects.read(json.replace('\'', '"').getBytes(StandardCharsets.UTF_8), type);
  }

  private static String labels(String labels) {
    return Arrays.stream(labels.split(",", -1))
        .filter(label -> !label.isEmpty())
        .map(label -> label.split("=", 2))
        .map(pair -> "'%s':'%s'".formatted(pair[0], pair[1]))
        .collect(Collectors.joining(",", "{", "}"));
  }
}
