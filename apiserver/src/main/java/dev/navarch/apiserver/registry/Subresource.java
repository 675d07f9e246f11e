package dev.navarch.apiserver.registry;

import dev.navarch.api.Kind;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The parts of an object that can be written by themselves. Each says what of a sent object it
/// takes; all else stays as it is stored.
public enum Subresource {
  /// The object itself: everything but its status, where that is a part of its own.
  NONE(""),
  STATUS("status"),
  /// The decision about a certificate signing request.
  APPROVAL("approval"),
  /// What must happen before a namespace goes.
  FINALIZE("finalize"),
  EPHEMERAL_CONTAINERS("ephemeralcontainers"),
  RESIZE("resize"),
  /// `spec.replicas`, seen as an `autoscaling/v1` Scale.
  SCALE("scale"),
  /// A pod's node, chosen by a scheduler.
  BINDING("binding"),
  EVICTION("eviction");

  private static final Set<String> DEPLOYABLE = Set.of("apps");
  private final String path;

  Subresource(String path) {
    this.path = path;
  }

  public static Optional<Subresource> at(String path) {
    for (Subresource one : values()) {
      if (one.path.equals(path)) {
        return Optional.of(one);
      }
    }
    return Optional.empty();
  }

  public String path() {
    return path;
  }

  /// The stored object with what this part takes from the sent one.
  ObjectNode merge(ObjectNode old, ObjectNode sent, Kind kind) {
    return switch (this) {
      case NONE ->
          kind.subresources().contains("status") ? with(sent, "status", old.get("status")) : sent;
      case SCALE, BINDING, EVICTION -> sent;
      case STATUS -> {
        ObjectNode merged = with(old.deepCopy(), "status", sent.get("status"));
        Metadata metadata = Metadata.of(merged);
        Metadata from = Metadata.of(sent);
        metadata.take(Set.of("resourceVersion"), from);
        if (!kind.isCustom()) {
          metadata.take(Set.of("annotations", "finalizers"), from);
          if (!DEPLOYABLE.contains(kind.group())) {
            metadata.take(Set.of("labels"), from);
          }
        }
        yield merged;
      }
      case APPROVAL -> withNotes(within(old, sent, "status", "conditions"), sent);
      case FINALIZE -> withNotes(within(old, sent, "spec", "finalizers"), sent);
      case EPHEMERAL_CONTAINERS -> within(old, sent, "spec", "ephemeralContainers");
      case RESIZE -> resized(old, sent);
    };
  }

  /// Whether managedFields note who writes this part. Scheduling and eviction are the server's own
  /// changes.
  boolean isTracked() {
    return !isAction();
  }

  /// Whether this is something that is done to an object. Admission judges the document that asks
  /// for it, not what the object becomes by it.
  boolean isAction() {
    return this == BINDING || this == EVICTION;
  }

  /// What of an applied configuration concerns this part; no other field is merged or owned.
  ObjectNode taken(ObjectNode sent, Kind kind) {
    return switch (this) {
      case NONE -> {
        ObjectNode whole = sent.objectNode().setAll(sent);
        yield kind.subresources().contains("status") ? with(whole, "status", null) : whole;
      }
      case SCALE -> sent;
      case STATUS, APPROVAL, FINALIZE, EPHEMERAL_CONTAINERS ->
          withoutEmptyParts(merge(identity(sent), sent, kind));
      case RESIZE -> {
        ObjectNode taken = identity(sent);
        ObjectNode spec = taken.putObject("spec");
        for (String list : List.of("containers", "initContainers")) {
          for (JsonNode container : sent.path("spec").path(list)) {
            ObjectNode own = spec.withArray(list).addObject();
            for (String field : List.of("name", "resources", "resizePolicy")) {
              with(own, field, container.get(field));
            }
          }
        }
        yield withoutEmptyParts(taken);
      }
      case BINDING, EVICTION -> identity(sent);
    };
  }

  private static ObjectNode identity(ObjectNode sent) {
    ObjectNode identity = sent.objectNode();
    for (String field : List.of("apiVersion", "kind")) {
      with(identity, field, sent.get(field));
    }
    Metadata.of(identity)
        .take(Set.of("name", "namespace", "uid", "resourceVersion"), Metadata.of(sent));
    return identity;
  }

  private static ObjectNode withoutEmptyParts(ObjectNode taken) {
    for (String part : List.of("spec", "status")) {
      if (taken.path(part).isObject() && taken.path(part).isEmpty()) {
        taken.remove(part);
      }
    }
    return taken;
  }

  private static ObjectNode within(ObjectNode old, ObjectNode sent, String part, String field) {
    ObjectNode merged = old.deepCopy();
    ObjectNode parent =
        merged.get(part) instanceof ObjectNode there ? there : merged.putObject(part);
    with(parent, field, sent.path(part).get(field));
    Metadata.of(merged).take(Set.of("resourceVersion"), Metadata.of(sent));
    return merged;
  }

  private static ObjectNode withNotes(ObjectNode merged, ObjectNode sent) {
    Metadata.of(merged).take(Set.of("annotations", "labels", "finalizers"), Metadata.of(sent));
    return merged;
  }

  private static ObjectNode resized(ObjectNode old, ObjectNode sent) {
    ObjectNode merged = old.deepCopy();
    with((ObjectNode) merged.path("spec"), "resources", sent.path("spec").get("resources"));
    for (String list : Set.of("containers", "initContainers")) {
      JsonNode wishes = sent.path("spec").path(list);
      if (!names(wishes).equals(names(merged.path("spec").path(list)))) {
        with((ObjectNode) merged.path("spec"), list, wishes.isMissingNode() ? null : wishes);
      } else if (merged.path("spec").path(list) instanceof ArrayNode containers) {
        for (JsonNode container : containers) {
          JsonNode wanted =
              named(sent.path("spec").path(list), container.path("name").asString(""));
          with((ObjectNode) container, "resources", wanted.get("resources"));
          with((ObjectNode) container, "resizePolicy", wanted.get("resizePolicy"));
        }
      }
    }
    Metadata.of(merged).take(Set.of("resourceVersion"), Metadata.of(sent));
    return merged;
  }

  private static List<String> names(JsonNode containers) {
    return containers.valueStream().map(one -> one.path("name").asString("")).toList();
  }

  private static JsonNode named(JsonNode containers, String name) {
    for (JsonNode container : containers) {
      if (container.path("name").asString("").equals(name)) {
        return container;
      }
    }
    return containers.path("none");
  }

  private static ObjectNode with(ObjectNode object, String field, @Nullable JsonNode value) {
    if (value == null) {
      object.remove(field);
    } else {
      object.set(field, value);
    }
    return object;
  }
}
