package dev.navarch.apiserver.registry;

import dev.navarch.api.Kind;
import dev.navarch.api.selectors.LabelSelector;
import dev.navarch.apiserver.admission.RequestForm;
import dev.navarch.apiserver.kinds.KindRules.ScaleFields;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What has replicas, seen as an `autoscaling/v1` Scale.
///
/// @param fields where the kind keeps what a Scale shows
record ScaleForm(Kind requested, ScaleFields fields) implements RequestForm {
  static final String TYPE = "io.k8s.api.autoscaling.v1.Scale";

  @Override
  public String type() {
    return TYPE;
  }

  @Override
  public ObjectNode shown(ObjectNode object, Kind as) {
    ObjectNode scale = object.objectNode().put("kind", "Scale").put("apiVersion", "autoscaling/v1");
    Metadata.of(scale)
        .take(
            Set.of("name", "namespace", "uid", "resourceVersion", "creationTimestamp"),
            Metadata.of(object));
    scale.putObject("spec").put("replicas", object.at(fields.replicas()).asInt(0));
    ObjectNode status = scale.putObject("status");
    status.put("replicas", object.at(fields.statusReplicas()).asInt(0));
    String selector =
        fields.selector().isEmpty()
            ? selector(requested, object.path("spec").path("selector"))
            : object.at(fields.selector()).asString("");
    if (!selector.isEmpty()) {
      status.put("selector", selector);
    }
    return scale;
  }

  private static String selector(Kind kind, JsonNode selector) {
    if (kind.group().isEmpty()) {
      StringBuilder text = new StringBuilder();
      selector
          .properties()
          .forEach(
              label ->
                  text.append(text.isEmpty() ? "" : ",")
                      .append(label.getKey())
                      .append('=')
                      .append(label.getValue().asString("")));
      return text.toString();
    }
    return selector.isObject() ? LabelSelector.of(selector).toString() : "";
  }

  @Override
  public ObjectNode worked(ObjectNode shown, Kind as, ObjectNode before) {
    return put(before.deepCopy(), shown.path("spec").path("replicas").asInt(0));
  }

  ObjectNode put(ObjectNode object, int replicas) {
    String[] names = fields.replicas().substring(1).split("/");
    ObjectNode parent = object;
    for (int i = 0; i < names.length - 1; i++) {
      parent =
          parent.get(names[i]) instanceof ObjectNode there ? there : parent.putObject(names[i]);
    }
    parent.put(names[names.length - 1], replicas);
    return object;
  }
}
