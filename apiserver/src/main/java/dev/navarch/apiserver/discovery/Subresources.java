package dev.navarch.apiserver.discovery;

import dev.navarch.api.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What each subresource is: the kind that it answers with, which may be of another group, and what
/// it allows.
final class Subresources {
  private static final List<String> OBJECT = List.of("get", "patch", "update");
  private static final List<String> CREATE = List.of("create");
  private static final List<String> STREAM = List.of("create", "get");
  private static final List<String> PROXY = List.of("create", "delete", "get", "patch", "update");

  private Subresources() {}

  /// @param definition of the body that is sent and answered; null for streams and proxies, which
  ///   carry no documents
  record Subresource(
      String name,
      String group,
      String version,
      String kind,
      @Nullable String definition,
      List<String> verbs) {

    /// Whether requests are passed on to a node, a pod or a service.
    boolean connects() {
      return definition == null;
    }
  }

  /// The subresources of a kind by name.
  static List<Subresource> of(Kind kind) {
    return kind.subresources().stream().sorted().map(name -> of(kind, name)).toList();
  }

  private static Subresource of(Kind kind, String name) {
    return switch (name) {
      case "scale" ->
          new Subresource(
              name, "autoscaling", "v1", "Scale", "io.k8s.api.autoscaling.v1.Scale", OBJECT);
      case "eviction" ->
          new Subresource(
              name, "policy", "v1", "Eviction", "io.k8s.api.policy.v1.Eviction", CREATE);
      case "binding" ->
          new Subresource(name, "", "v1", "Binding", "io.k8s.api.core.v1.Binding", CREATE);
      case "token" ->
          new Subresource(
              name,
              "authentication.k8s.io",
              "v1",
              "TokenRequest",
              "io.k8s.api.authentication.v1.TokenRequest",
              CREATE);
      case "exec" -> options(kind, name, "PodExecOptions", STREAM);
      case "attach" -> options(kind, name, "PodAttachOptions", STREAM);
      case "portforward" -> options(kind, name, "PodPortForwardOptions", STREAM);
      case "proxy" -> options(kind, name, kind.kind() + "ProxyOptions", PROXY);
      case "log" -> own(kind, name, List.of("get"));
      case "finalize" -> own(kind, name, List.of("update"));
      default -> own(kind, name, OBJECT);
    };
  }

  private static Subresource own(Kind kind, String name, List<String> verbs) {
    return new Subresource(
        name, kind.group(), kind.version(), kind.kind(), OpenApiNames.definition(kind), verbs);
  }

  private static Subresource options(Kind kind, String name, String options, List<String> verbs) {
    return new Subresource(name, kind.group(), kind.version(), options, null, verbs);
  }
}
