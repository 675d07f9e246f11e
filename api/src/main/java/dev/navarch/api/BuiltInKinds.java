package dev.navarch.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The kinds that Kubernetes itself brings, read from the facts that lie beside this class. Types
/// that travel only inside other resources (Scale, Eviction, TokenRequest…) are definitions, not
/// kinds.
public final class BuiltInKinds implements Kinds {
  private static final Set<String> ALL_VERBS =
      Set.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

  /// What the facts call a type of its own, but no path serves, or not with every verb.
  private static final Set<String> NOT_SERVED =
      Set.of(
          "ConversionReview",
          "Eviction",
          "NodeMetrics",
          "PodMetrics",
          "PodStatusResult",
          "RangeAllocation",
          "Scale",
          "SerializedReference",
          "TokenRequest");

  /// Resources that answer fewer verbs than the facts say.
  private static final Map<String, Set<String>> VERBS =
      Map.of(
          "bindings", Set.of("create"),
          "componentstatuses", Set.of("get", "list"),
          "namespaces", without("deletecollection"));

  /// Subresources that the facts do not list.
  private static final Map<String, Set<String>> SUBRESOURCES =
      Map.of(
          "pods", Set.of("attach", "binding", "eviction", "exec", "log", "portforward", "proxy"),
          "services", Set.of("proxy"),
          "nodes", Set.of("proxy"),
          "namespaces", Set.of("finalize"));

  /// Short names that the facts do not list.
  private static final Map<String, List<String>> SHORT_NAMES =
      Map.of("volumeattributesclasses", List.of("vac"));

  private record ResourceKey(String group, String version, String plural) {}

  private record KindKey(String apiVersion, String kind) {}

  private final Definitions definitions;
  private final List<Kind> kinds;
  private final Map<ResourceKey, Kind> byResource = new HashMap<>();
  private final Map<KindKey, Kind> byKind = new HashMap<>();

  /// `extras` mends the facts: kinds that they leave out, and what they leave out of types that
  /// they name.
  private BuiltInKinds(ObjectNode facts, ObjectNode extras) {
    definitions =
        new Definitions(
            List.of(
                (ObjectNode) facts.required("definitions"),
                (ObjectNode) extras.required("definitions")),
            GoFields.read(extras));
    List<Kind> read = new ArrayList<>();
    for (JsonNode kind : facts.required("kinds").values()) {
      if (!NOT_SERVED.contains(kind.path("kind").asString())) {
        read.add(kind(kind));
      }
    }
    extras.required("kinds").forEach(kind -> read.add(kind(kind)));
    kinds = List.copyOf(read);
    for (Kind kind : kinds) {
      byResource.put(new ResourceKey(kind.group(), kind.version(), kind.plural()), kind);
      byKind.put(new KindKey(kind.apiVersion(), kind.kind()), kind);
    }
  }

  public static BuiltInKinds load() {
    return new BuiltInKinds(resource("kubernetes-1.36.json"), resource("extras-1.36.json"));
  }

  private static ObjectNode resource(String name) {
    try (InputStream in = BuiltInKinds.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the resource " + name + " is missing from this build");
      }
      return Json.parse(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Kind kind(JsonNode facts) {
    String kind = facts.required("kind").asString();
    String plural = facts.required("plural").asString();
    List<String> onlyVerbs = strings(facts, "onlyVerbs");
    Set<String> subresources = new TreeSet<>();
    if (onlyVerbs.isEmpty()) {
      subresources.addAll(strings(facts, "subresources"));
      subresources.addAll(SUBRESOURCES.getOrDefault(plural, Set.of()));
    }
    return new Kind(
        facts.required("group").asString(),
        facts.required("version").asString(),
        kind,
        plural,
        kind.toLowerCase(Locale.ROOT),
        SHORT_NAMES.getOrDefault(plural, strings(facts, "shortNames")),
        strings(facts, "categories"),
        facts.path("namespaced").asBoolean(),
        onlyVerbs.isEmpty()
            ? VERBS.getOrDefault(plural, ALL_VERBS)
            : new LinkedHashSet<>(onlyVerbs),
        Collections.unmodifiableSet(subresources),
        definitions.require(facts.required("schema").asString()));
  }

  private static List<String> strings(JsonNode facts, String name) {
    return facts.path(name).valueStream().map(JsonNode::asString).toList();
  }

  private static Set<String> without(String verb) {
    Set<String> verbs = new TreeSet<>(ALL_VERBS);
    verbs.remove(verb);
    return Set.copyOf(verbs);
  }

  @Override
  public Collection<Kind> all() {
    return kinds;
  }

  @Override
  public Optional<Kind> byResource(String group, String version, String plural) {
    return Optional.ofNullable(byResource.get(new ResourceKey(group, version, plural)));
  }

  @Override
  public Optional<Kind> byKind(String apiVersion, String kind) {
    return Optional.ofNullable(byKind.get(new KindKey(apiVersion, kind)));
  }

  /// The schema of `io.k8s.api.autoscaling.v1.Scale` and of every other type that has a name.
  public Optional<Schema> definition(String name) {
    return definitions.find(name);
  }

  public Definitions definitions() {
    return definitions;
  }

  /// The schema of a kind's list, as `PodList`.
  public Optional<Schema> list(Kind kind) {
    return definitions.find(kind.schema().definition() + "List");
  }
}
