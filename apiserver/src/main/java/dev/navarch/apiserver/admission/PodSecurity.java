package dev.navarch.apiserver.admission;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Holds pods to the Pod Security Standard that their namespace names in the label
/// `pod-security.kubernetes.io/enforce`: `privileged`, `baseline` or `restricted`.
record PodSecurity(Lister<Namespace> namespaces) implements AdmissionPlugin {
  private static final String ENFORCE = "pod-security.kubernetes.io/enforce";
  private static final String VERSION = ENFORCE + "-version";
  private static final Set<String> LEVELS = Set.of("privileged", "baseline", "restricted");

  @Override
  public void validate(Request request) {
    if (request.concerns("namespaces") && request.subresource().isEmpty()) {
      checkLabels(request);
    } else if (request.concerns("pods") && isJudged(request)) {
      namespaces
          .find("", request.namespace())
          .map(namespace -> namespace.getMetadata().getLabels())
          .ifPresent(labels -> judge(request, labels));
    }
  }

  private static void checkLabels(Request request) {
    ObjectNode namespace = request.object();
    if (namespace != null) {
      String level = namespace.at("/metadata/labels").path(ENFORCE).asString("privileged");
      if (!LEVELS.contains(level)) {
        throw new ApiException(
            new ApiError.Invalid(
                "",
                "Namespace",
                request.name(),
                List.of(
                    FieldError.invalid(
                        "metadata.labels[" + ENFORCE + "]",
                        '"' + level + '"',
                        "must be one of privileged, baseline, restricted"))));
      }
    }
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

  private static void judge(Request request, Map<String, String> labels) {
    String level = labels.getOrDefault(ENFORCE, "privileged");
    JsonNode pod = request.content();
    List<PodSecurityChecks.Finding> findings =
        switch (level) {
          case "baseline" -> PodSecurityChecks.baseline(pod);
          case "restricted" -> PodSecurityChecks.restricted(pod);
          default -> List.of();
        };
    if (!findings.isEmpty()) {
      String version = Optional.ofNullable(labels.get(VERSION)).orElse("latest");
      throw request.forbidden(
          "violates PodSecurity \"%s:%s\": %s"
              .formatted(
                  level,
                  version,
                  findings.stream()
                      .map(PodSecurityChecks.Finding::toString)
                      .collect(Collectors.joining(", "))));
    }
  }
}
