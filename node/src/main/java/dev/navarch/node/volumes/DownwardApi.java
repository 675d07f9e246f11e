package dev.navarch.node.volumes;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceFieldSelector;
import io.fabric8.kubernetes.api.model.ResourceRequirements;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a pod may know about itself, in environment variables and in files.
///
/// @param podIps empty while the pod has none
/// @param allocatable the node's resources: what a container without a limit may use
public record DownwardApi(
    Pod pod, List<String> podIps, List<String> hostIps, Map<String, Quantity> allocatable) {
  private static final Pattern SUBSCRIPT =
      Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)'\\]");

  /// The value of a `fieldRef`.
  public String field(String path) {
    Matcher subscript = SUBSCRIPT.matcher(path);
    if (subscript.matches()) {
      Map<String, String> entries = map(subscript.group(1));
      return entries.getOrDefault(subscript.group(2), "");
    }
    return switch (path) {
      case "metadata.name" -> pod.getMetadata().getName();
      case "metadata.namespace" -> pod.getMetadata().getNamespace();
      case "metadata.uid" -> pod.getMetadata().getUid();
      case "metadata.labels" -> lines(map("labels"));
      case "metadata.annotations" -> lines(map("annotations"));
      case "spec.nodeName" -> orEmpty(pod.getSpec().getNodeName());
      case "spec.serviceAccountName" -> orEmpty(pod.getSpec().getServiceAccountName());
      case "status.hostIP" -> hostIps.isEmpty() ? "" : hostIps.getFirst();
      case "status.hostIPs" -> String.join(",", hostIps);
      case "status.podIP" -> podIps.isEmpty() ? "" : podIps.getFirst();
      case "status.podIPs" -> String.join(",", podIps);
      default -> throw new VolumeException("unsupported fieldPath: " + path);
    };
  }

  /// The value of a `resourceFieldRef`, in whole divisors, rounded up.
  ///
  /// @param self the container that asks; a volume names one in the selector instead
  public String resource(ResourceFieldSelector selector, @Nullable Container self) {
    Container container =
        Optional.ofNullable(selector.getContainerName())
            .filter(name -> !name.isEmpty())
            .map(this::container)
            .or(() -> Optional.ofNullable(self))
            .orElseThrow(() -> new VolumeException("containerName is required"));
    String[] parts = selector.getResource().split("\\.", 2);
    if (parts.length != 2 || !List.of("limits", "requests").contains(parts[0])) {
      throw new VolumeException("unsupported container resource: " + selector.getResource());
    }
    ResourceRequirements resources = container.getResources();
    Quantity amount = null;
    if (resources != null) {
      amount = resources.getLimits() == null ? null : resources.getLimits().get(parts[1]);
      if (parts[0].equals("requests") && resources.getRequests() != null) {
        amount = resources.getRequests().getOrDefault(parts[1], amount);
      }
    }
    if (amount == null) {
      amount = parts[0].equals("limits") ? allocatable.get(parts[1]) : null;
    }
    if (amount == null) {
      return "0";
    }
    BigDecimal divisor =
        selector.getDivisor() == null
            ? BigDecimal.ZERO
            : selector.getDivisor().getNumericalAmount();
    BigDecimal unit = divisor.signum() == 0 ? BigDecimal.ONE : divisor;
    return amount.getNumericalAmount().divide(unit, 0, RoundingMode.CEILING).toPlainString();
  }

  private Container container(String name) {
    return Stream.concat(
            pod.getSpec().getContainers().stream(), pod.getSpec().getInitContainers().stream())
        .filter(container -> container.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new VolumeException("container " + name + " not found"));
  }

  private Map<String, String> map(String which) {
    Map<String, String> map =
        which.equals("labels") ? pod.getMetadata().getLabels() : pod.getMetadata().getAnnotations();
    return map == null ? Map.of() : map;
  }

  private static String lines(Map<String, String> map) {
    return new TreeMap<>(map)
        .entrySet().stream()
            .map(entry -> entry.getKey() + "=" + quoted(entry.getValue()))
            .collect(Collectors.joining("\n"));
  }

  private static String quoted(String value) {
    return "\""
        + value
            .replace("\\", "\\\\")
            .replace("\"", "\\\"")
            .replace("\n", "\\n")
            .replace("\r", "\\r")
            .replace("\t", "\\t")
        + "\"";
  }

  private static String orEmpty(@Nullable String value) {
    return value == null ? "" : value;
  }
}
