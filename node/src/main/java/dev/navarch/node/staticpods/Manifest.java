package dev.navarch.node.staticpods;

import dev.navarch.api.ApiException;
import dev.navarch.api.Decoder;
import dev.navarch.api.Defaults;
import dev.navarch.api.FieldValidation;
import dev.navarch.api.Kind;
import dev.navarch.api.Yaml;
import dev.navarch.client.Objects;
import dev.navarch.node.pods.Mirrors;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatusBuilder;
import io.fabric8.kubernetes.api.model.Toleration;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.node.ObjectNode;

/// Makes a pod of one file's text, JSON or YAML: named after its node, known by a hash of where it
/// stands and what it says, so that a changed file is another pod.
///
/// @param kind of pods, with its schema
record Manifest(Kind kind, String nodeName) {

  /// @param seen when the file was found so, as its annotation tells
  /// @throws ManifestException if the text is no pod, or one that cannot run on its own
  Pod read(Path file, byte[] text, String seen) {
    ObjectNode tree;
    try {
      tree = Decoder.decode(Yaml.read(text), kind, FieldValidation.STRICT).tree();
    } catch (ApiException e) {
      throw new ManifestException(String.valueOf(e.getMessage()));
    }
    if (!tree.path("kind").asString("Pod").equals("Pod")
        || !tree.path("apiVersion").asString("v1").equals("v1")) {
      throw new ManifestException(
          "found %s %s, expected v1 Pod"
              .formatted(
                  tree.path("apiVersion").asString("v1"), tree.path("kind").asString("Pod")));
    }
    Defaults.apply(tree, kind.schema());
    Pod pod = Objects.convert(tree, Pod.class);
    check(pod);
    identify(pod, file, text, seen);
    setDefaults(pod.getSpec());
    return pod;
  }

  private static void check(Pod pod) {
    if (pod.getMetadata() == null
        || pod.getMetadata().getName() == null
        || pod.getMetadata().getName().isEmpty()) {
      throw new ManifestException("metadata.name: Required value");
    }
    if (pod.getSpec() == null || pod.getSpec().getContainers().isEmpty()) {
      throw new ManifestException("spec.containers: Required value");
    }
    for (Container container : containers(pod.getSpec()).toList()) {
      if (container.getImage() == null || container.getImage().isEmpty()) {
        throw new ManifestException(
            "spec.containers[%s].image: Required value".formatted(container.getName()));
      }
    }
    ApiReferences.find(pod.getSpec())
        .ifPresent(
            resource -> {
              throw new ManifestException("static pods may not reference " + resource);
            });
  }

  private void identify(Pod pod, Path file, byte[] text, String seen) {
    var meta = pod.getMetadata();
    if (meta.getUid() == null || meta.getUid().isEmpty()) {
      meta.setUid(hash(file, text));
    }
    meta.setName(meta.getName() + "-" + nodeName.toLowerCase(Locale.ROOT));
    if (meta.getNamespace() == null || meta.getNamespace().isEmpty()) {
      meta.setNamespace("default");
    }
    Map<String, String> annotations =
        new HashMap<>(meta.getAnnotations() == null ? Map.of() : meta.getAnnotations());
    annotations.put(Mirrors.HASH, meta.getUid());
    annotations.put(Mirrors.SOURCE, "file");
    annotations.put(Mirrors.SEEN, seen);
    meta.setAnnotations(annotations);
    meta.setGeneration(1L);
    pod.setStatus(new PodStatusBuilder().withPhase("Pending").build());
  }

  /// What looks at other fields; the rest stands in the schema.
  private void setDefaults(PodSpec spec) {
    spec.setNodeName(nodeName);
    if (spec.getRestartPolicy() == null) {
      spec.setRestartPolicy("Always");
    }
    if (spec.getDnsPolicy() == null) {
      spec.setDnsPolicy("ClusterFirst");
    }
    if (spec.getTerminationGracePeriodSeconds() == null) {
      spec.setTerminationGracePeriodSeconds(30L);
    }
    if (spec.getSchedulerName() == null) {
      spec.setSchedulerName("default-scheduler");
    }
    containers(spec)
        .filter(container -> container.getImagePullPolicy() == null)
        .forEach(
            container -> {
              String image = container.getImage();
              String last = image.substring(image.lastIndexOf('/') + 1);
              boolean floats = !last.contains(":") || last.endsWith(":latest");
              container.setImagePullPolicy(
                  floats && !image.contains("@") ? "Always" : "IfNotPresent");
            });
    List<Toleration> tolerations = new ArrayList<>(spec.getTolerations());
    tolerations.add(new Toleration("NoExecute", null, "Exists", null, null));
    spec.setTolerations(tolerations);
  }

  private String hash(Path file, byte[] text) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(
          "host:%s\nfile:%s\n".formatted(nodeName, file).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest.digest(text), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Stream<Container> containers(PodSpec spec) {
    return Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream());
  }
}
