package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.admission.PodSecurityChecks.Finding;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// A pod that controls look at, and what they have found in it so far.
final class PodUnderCheck {
  private final JsonNode spec;
  private final JsonNode annotations;
  private final List<Finding> findings = new ArrayList<>();

  PodUnderCheck(JsonNode pod) {
    this.spec = pod.path("spec");
    this.annotations = pod.at("/metadata/annotations");
  }

  JsonNode spec() {
    return spec;
  }

  List<Finding> findings() {
    return findings;
  }

  /// Annotations with these keys whose value is none of the good ones: `key="value"`, in order.
  List<String> annotations(Predicate<String> key, Predicate<String> good) {
    return annotations.properties().stream()
        .filter(each -> key.test(each.getKey()))
        .filter(each -> !good.test(each.getValue().asString("")))
        .map(each -> "%s=\"%s\"".formatted(each.getKey(), each.getValue().asString("")))
        .sorted()
        .toList();
  }

  Stream<JsonNode> containers() {
    return Stream.of("initContainers", "containers", "ephemeralContainers")
        .flatMap(list -> spec.path(list).valueStream());
  }

  List<String> names(Predicate<JsonNode> securityContext) {
    return containers()
        .filter(container -> securityContext.test(container.path("securityContext")))
        .map(container -> container.path("name").asString(""))
        .toList();
  }

  void find(String reason, String detail) {
    findings.add(new Finding(reason, detail));
  }

  static String some(String noun, List<String> names) {
    return noun + (names.size() == 1 ? " " : "s ") + quoted(names);
  }

  static String quoted(Iterable<String> names) {
    return Stream.of(String.join("\n", names).split("\n", -1))
        .map(name -> '"' + name + '"')
        .collect(Collectors.joining(", "));
  }

  void capabilities(String reason, Set<String> allowed, List<String> before) {
    List<String> names = new ArrayList<>();
    Set<String> added = new LinkedHashSet<>();
    containers()
        .forEach(
            container -> {
              List<String> own =
                  container
                      .at("/securityContext/capabilities/add")
                      .valueStream()
                      .map(capability -> capability.asString(""))
                      .filter(capability -> !allowed.contains(capability))
                      .toList();
              if (!own.isEmpty()) {
                names.add(container.path("name").asString(""));
                added.addAll(own);
              }
            });
    List<String> details = new ArrayList<>(before);
    if (!names.isEmpty()) {
      details.add(
          "%s must not include %s in securityContext.capabilities.add"
              .formatted(some("container", names), quoted(added)));
    }
    if (!details.isEmpty()) {
      find(reason, String.join("; ", details));
    }
  }

  void podOrContainers(Predicate<JsonNode> bad, String reason, String what) {
    List<String> details = new ArrayList<>();
    List<String> names = names(bad);
    if (bad.test(spec.path("securityContext"))) {
      details.add("pod" + what);
    }
    if (!names.isEmpty()) {
      details.add(some("container", names) + what);
    }
    if (!details.isEmpty()) {
      find(reason, String.join(" and ", details));
    }
  }
}
