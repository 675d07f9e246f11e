package dev.navarch.apiserver.proxy;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EphemeralContainer;
import io.fabric8.kubernetes.api.model.Pod;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// How logs, exec, attach and port-forward of a pod are called at its kubelet: which container,
/// which path, and the query in the kubelet's own words.
final class PodStreams {
  private static final String DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";
  private static final Set<String> LOG_OPTIONS =
      Set.of(
          "follow",
          "previous",
          "sinceSeconds",
          "sinceTime",
          "timestamps",
          "tailLines",
          "limitBytes",
          "stream");
  private final Pod pod;
  private final Map<String, List<String>> asked;

  /// @param asked the options as the client's query, or admission, has them
  PodStreams(Pod pod, Map<String, List<String>> asked) {
    this.pod = pod;
    this.asked = asked;
  }

  String log() {
    Query query = new Query();
    asked.forEach(
        (name, values) -> {
          if (LOG_OPTIONS.contains(name)) {
            values.forEach(value -> query.add(name, value));
          }
        });
    return path("containerLogs", container()) + query;
  }

  String exec() {
    Query query = streams();
    asked.getOrDefault("command", List.of()).forEach(each -> query.add("command", each));
    return path("exec", container()) + query;
  }

  String attach() {
    return path("attach", container()) + streams();
  }

  String portForward() {
    Query query = new Query();
    for (String ports : asked.getOrDefault("ports", List.of())) {
      for (String port : ports.split(",")) {
        query.add("port", port);
      }
    }
    return path("portForward") + query;
  }

  private Query streams() {
    Query query = new Query();
    if (isSet("stdin", false)) {
      query.add("input", "1");
    }
    if (isSet("stdout", true)) {
      query.add("output", "1");
    }
    if (isSet("stderr", true)) {
      query.add("error", "1");
    }
    if (isSet("tty", false)) {
      query.add("tty", "1");
    }
    return query;
  }

  private Optional<String> first(String parameter) {
    return asked.getOrDefault(parameter, List.of()).stream().findFirst();
  }

  private boolean isSet(String parameter, boolean otherwise) {
    return first(parameter)
        .map(value -> value.equals("true") || value.equals("1") || value.isEmpty())
        .orElse(otherwise);
  }

  private String path(String verb, String... container) {
    StringBuilder path =
        new StringBuilder("/" + verb)
            .append('/')
            .append(encode(pod.getMetadata().getNamespace()))
            .append('/')
            .append(encode(pod.getMetadata().getName()));
    for (String each : container) {
      path.append('/').append(encode(each));
    }
    return path.toString();
  }

  /// The container that the request names, or the one that it must mean.
  String container() {
    List<String> containers =
        pod.getSpec().getContainers().stream().map(Container::getName).toList();
    List<String> initContainers =
        pod.getSpec().getInitContainers().stream().map(Container::getName).toList();
    List<String> ephemeral =
        pod.getSpec().getEphemeralContainers().stream().map(EphemeralContainer::getName).toList();
    Map<String, String> annotations = pod.getMetadata().getAnnotations();
    Optional<String> named =
        first("container")
            .filter(name -> !name.isEmpty())
            .or(
                () ->
                    Optional.ofNullable(annotations)
                        .map(all -> all.get(DEFAULT_CONTAINER))
                        .filter(containers::contains));
    if (named.isPresent()) {
      return checked(named.get(), List.of(containers, initContainers, ephemeral));
    }
    if (containers.size() == 1) {
      return containers.getFirst();
    }
    throw ApiException.badRequest(choices(containers, initContainers, ephemeral));
  }

  private String checked(String name, List<List<String>> all) {
    if (all.stream().noneMatch(names -> names.contains(name))) {
      throw ApiException.badRequest(
          "container %s is not valid for pod %s".formatted(name, pod.getMetadata().getName()));
    }
    return name;
  }

  private String choices(
      List<String> containers, List<String> initContainers, List<String> ephemeral) {
    List<String> choices = new ArrayList<>(List.of(bracketed(containers)));
    if (!initContainers.isEmpty()) {
      choices.add("one of the init containers: " + bracketed(initContainers));
    }
    if (!ephemeral.isEmpty()) {
      choices.add("one of the ephemeral containers: " + bracketed(ephemeral));
    }
    return "a container name must be specified for pod %s, choose one of: %s"
        .formatted(pod.getMetadata().getName(), String.join(" or ", choices));
  }

  private static String bracketed(List<String> names) {
    return "[" + String.join(" ", names) + "]";
  }

  /// The node that the pod runs on.
  String node() {
    String node = pod.getSpec().getNodeName();
    if (node == null || node.isEmpty()) {
      throw new ApiException(
          new ApiError.BadRequest(
              "pod %s does not have a host assigned".formatted(pod.getMetadata().getName())));
    }
    return node;
  }

  static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /// A query string in the making.
  static final class Query {
    private final StringBuilder text = new StringBuilder();

    void add(String name, String value) {
      text.append(text.isEmpty() ? '?' : '&')
          .append(encode(name))
          .append('=')
          .append(encode(value));
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
