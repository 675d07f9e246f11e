package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.kinds.PodResources;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.LimitRange;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Holds pods and claims to the limit ranges of their namespace: containers that say nothing get
/// the defaults, and what is out of bounds is refused.
record LimitRanger(Lister<LimitRange> ranges) implements AdmissionPlugin {
  private static final String ANNOTATION = "kubernetes.io/limit-ranger";

  @Override
  public void admit(Request request) {
    if (!request.is(Operation.CREATE, "pods")) {
      return;
    }
    List<String> notes = new ArrayList<>();
    for (JsonNode limit : limits(request)) {
      if (limit.path("type").asString("").equals("Container")) {
        setDefaults(request.content(), limit, notes);
      }
    }
    if (!notes.isEmpty()) {
      object(object(request.content(), "metadata"), "annotations")
          .put(ANNOTATION, "LimitRanger plugin set: " + String.join("; ", notes));
    }
  }

  private static void setDefaults(ObjectNode pod, JsonNode limit, List<String> notes) {
    for (String list : List.of("containers", "initContainers")) {
      String what = list.equals("containers") ? "container " : "init container ";
      for (JsonNode each : pod.path("spec").path(list)) {
        if (each instanceof ObjectNode container) {
          String whom = what + container.path("name").asString("");
          ObjectNode resources = object(container, "resources");
          fill(resources, "requests", limit.path("defaultRequest"), " request for " + whom, notes);
          fill(resources, "limits", limit.path("default"), " limit for " + whom, notes);
        }
      }
    }
  }

  private static void fill(
      ObjectNode resources, String field, JsonNode from, String whom, List<String> notes) {
    List<String> set = new ArrayList<>();
    for (var entry : from.properties()) {
      if (!resources.path(field).has(entry.getKey())) {
        object(resources, field).set(entry.getKey(), entry.getValue());
        set.add(entry.getKey());
      }
    }
    if (!set.isEmpty()) {
      notes.add(String.join(", ", set.stream().sorted().toList()) + whom);
    }
  }

  @Override
  public void validate(Request request) {
    List<String> wrong = new ArrayList<>();
    if (request.is(Operation.CREATE, "pods") || request.isResize()) {
      for (JsonNode limit : limits(request)) {
        switch (limit.path("type").asString("")) {
          case "Container" -> checkContainers(request.content(), limit, wrong);
          case "Pod" -> {
            PodResources all = PodResources.of(request.content().path("spec"));
            LimitBounds.check(limit, "Pod", all.requests(), all.limits(), wrong);
          }
          default -> {}
        }
      }
    } else if (request.is(Operation.CREATE, "persistentvolumeclaims")) {
      for (JsonNode limit : limits(request)) {
        if (limit.path("type").asString("").equals("PersistentVolumeClaim")) {
          var requests = PodResources.quantities(request.content().at("/spec/resources/requests"));
          LimitBounds.checkRequests(limit, "PersistentVolumeClaim", requests, wrong);
        }
      }
    }
    if (!wrong.isEmpty()) {
      throw request.forbidden(
          wrong.size() == 1 ? wrong.getFirst() : "[" + String.join(", ", wrong) + "]");
    }
  }

  private static void checkContainers(ObjectNode pod, JsonNode limit, List<String> wrong) {
    for (String list : List.of("containers", "initContainers")) {
      for (JsonNode container : pod.path("spec").path(list)) {
        LimitBounds.check(
            limit,
            "Container",
            PodResources.quantities(container.at("/resources/requests")),
            PodResources.quantities(container.at("/resources/limits")),
            wrong);
      }
    }
  }

  private List<JsonNode> limits(Request request) {
    return ranges
        .in(request.namespace())
        .map(Objects::tree)
        .flatMap(range -> range.at("/spec/limits").valueStream())
        .toList();
  }

  private static ObjectNode object(ObjectNode parent, String field) {
    return parent.path(field) instanceof ObjectNode there ? there : parent.putObject(field);
  }
}
