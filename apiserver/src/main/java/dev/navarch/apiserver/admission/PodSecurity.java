package dev.navarch.apiserver.admission;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.apiserver.admission.PodSecurityChecks.Finding;
import dev.navarch.apiserver.audit.Audit;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Holds pods to the Pod Security Standards that their namespace names in labels: what breaks the
/// one of `pod-security.kubernetes.io/enforce` is refused, `warn` tells the caller, `audit` the
/// audit log. What makes pods is never refused, but warned of. A namespace that gets stricter is
/// told which of its pods would not come in any more.
record PodSecurity(Lister<Namespace> namespaces, Lister<Pod> pods) implements AdmissionPlugin {
  private static final String PREFIX = "pod-security.kubernetes.io/";
  private static final String LATEST = "latest";
  private static final String PINNED = "v1\\.(0|[1-9][0-9]*)";
  private static final Set<String> LEVELS = Set.of("privileged", "baseline", "restricted");

  /// Where the pods stand that other objects make.
  private static final Map<String, String> TEMPLATES =
      Map.of(
          "replicationcontrollers", "/spec/template",
          "podtemplates", "/template",
          "replicasets.apps", "/spec/template",
          "deployments.apps", "/spec/template",
          "statefulsets.apps", "/spec/template",
          "daemonsets.apps", "/spec/template",
          "jobs.batch", "/spec/template",
          "cronjobs.batch", "/spec/jobTemplate/spec/template");

  /// A standard, as one label and its version name it.
  private record Standard(String level, String version) {
    static Standard of(Map<String, String> labels, String mode) {
      return new Standard(
          labels.getOrDefault(PREFIX + mode, "privileged"),
          labels.getOrDefault(PREFIX + mode + "-version", LATEST));
    }

    List<Finding> judge(JsonNode pod) {
      return switch (level) {
        case "baseline" -> PodSecurityChecks.baseline(pod, minor());
        case "restricted" -> PodSecurityChecks.restricted(pod, minor());
        default -> List.of();
      };
    }

    /// 25 for v1.25. What is no version counts as the latest, as upstream has it for namespaces
    /// that were labelled before anybody checked.
    private int minor() {
      return version.matches(PINNED) && version.length() < 9
          ? Integer.parseInt(version.substring("v1.".length()))
          : PodSecurityChecks.LATEST;
    }

    String violation(String start, List<Finding> findings) {
      return "%s PodSecurity \"%s:%s\": %s"
          .formatted(
              start,
              level,
              version,
              findings.stream().map(Finding::toString).collect(Collectors.joining(", ")));
    }
  }

  @Override
  public void validate(Request request) {
    if (request.concerns("namespaces") && request.subresource().isEmpty()) {
      namespace(request);
    } else if (request.concerns("pods") && isJudged(request)) {
      judge(request, request.content(), true);
    } else if (makesPods(request)) {
      JsonNode template =
          request.content().at(TEMPLATES.getOrDefault(request.kind().resource().toString(), ""));
      if (template.path("spec").isObject()) {
        judge(request, template, false);
      }
    }
  }

  private static boolean makesPods(Request request) {
    return request.subresource().isEmpty()
        && (request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE)
        && TEMPLATES.containsKey(request.kind().resource().toString());
  }

  /// New pods, and changes of what counts: not those of a status or of metadata alone.
  private static boolean isJudged(Request request) {
    return switch (request.operation()) {
      case CREATE -> request.subresource().isEmpty();
      case UPDATE ->
          (request.subresource().isEmpty() || request.subresource().equals("ephemeralcontainers"))
              && !request.content().path("spec").equals(request.before().path("spec"));
      case DELETE, CONNECT -> false;
    };
  }

  private void judge(Request request, JsonNode pod, boolean enforced) {
    Map<String, String> labels =
        namespaces
            .find("", request.namespace())
            .map(namespace -> namespace.getMetadata().getLabels())
            .orElse(Map.of());
    Standard audit = Standard.of(labels, "audit");
    List<Finding> audited = audit.judge(pod);
    if (!audited.isEmpty()) {
      Audit.annotate(PREFIX + "audit-violations", audit.violation("would violate", audited));
    }
    if (enforced) {
      Standard enforce = Standard.of(labels, "enforce");
      Audit.annotate(PREFIX + "enforce-policy", enforce.level + ":" + enforce.version);
      List<Finding> found = enforce.judge(pod);
      if (!found.isEmpty()) {
        throw request.forbidden(enforce.violation("violates", found));
      }
    }
    Standard warn = Standard.of(labels, "warn");
    List<Finding> warned = warn.judge(pod);
    if (!warned.isEmpty()) {
      Warnings.add(warn.violation("would violate", warned));
    }
  }

  private void namespace(Request request) {
    ObjectNode namespace = request.object();
    if (namespace == null) {
      return;
    }
    Map<String, String> labels = labels(namespace);
    List<FieldError> errors = new ArrayList<>();
    for (String mode : List.of("enforce", "audit", "warn")) {
      checkLabels(labels, PREFIX + mode, errors);
    }
    if (!errors.isEmpty()) {
      throw new ApiException(new ApiError.Invalid("", "Namespace", request.name(), errors));
    }
    Standard enforce = Standard.of(labels, "enforce");
    if (request.operation() == Operation.UPDATE
        && !enforce.equals(Standard.of(labels(request.before()), "enforce"))) {
      warnOfPods(request.name(), enforce);
    }
  }

  private static Map<String, String> labels(ObjectNode namespace) {
    return namespace.at("/metadata/labels").properties().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, label -> label.getValue().asString("")));
  }

  private static void checkLabels(Map<String, String> labels, String key, List<FieldError> errors) {
    String level = labels.getOrDefault(key, "privileged");
    if (!LEVELS.contains(level)) {
      errors.add(
          FieldError.invalid(
              "metadata.labels[" + key + "]",
              '"' + level + '"',
              "must be one of privileged, baseline, restricted"));
    }
    String version = labels.getOrDefault(key + "-version", LATEST);
    if (!version.equals(LATEST) && !version.matches(PINNED)) {
      errors.add(
          FieldError.invalid(
              "metadata.labels[" + key + "-version]",
              '"' + version + '"',
              "must be \"latest\" or \"v1.x\""));
    }
  }

  /// Pods with the same faults are told of by the first of them.
  private void warnOfPods(String namespace, Standard enforce) {
    Map<String, List<String>> byFault = new TreeMap<>();
    pods.in(namespace)
        .forEach(
            pod -> {
              String faults =
                  enforce.judge(Objects.tree(pod)).stream()
                      .map(Finding::reason)
                      .collect(Collectors.joining(", "));
              if (!faults.isEmpty()) {
                byFault
                    .computeIfAbsent(faults, _ -> new ArrayList<>())
                    .add(pod.getMetadata().getName());
              }
            });
    if (byFault.isEmpty()) {
      return;
    }
    Warnings.add(
        "existing pods in namespace \"%s\" violate the new PodSecurity enforce level \"%s:%s\""
            .formatted(namespace, enforce.level, enforce.version));
    byFault.entrySet().stream()
        .map(entry -> named(entry.getValue()) + ": " + entry.getKey())
        .sorted()
        .forEach(Warnings::add);
  }

  private static String named(List<String> names) {
    String first = names.stream().sorted().findFirst().orElse("");
    return switch (names.size()) {
      case 1 -> first;
      case 2 -> first + " (and 1 other pod)";
      default -> "%s (and %d other pods)".formatted(first, names.size() - 1);
    };
  }
}
