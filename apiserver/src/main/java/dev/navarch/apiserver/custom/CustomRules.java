package dev.navarch.apiserver.custom;

import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import dev.navarch.api.selectors.LabelSelector;
import dev.navarch.apiserver.kinds.KindRules;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The rules of one version of a custom kind, all of them read out of its definition.
final class CustomRules implements KindRules {
  private static final Set<FieldError.Type> BLOCKING =
      Set.of(
          FieldError.Type.REQUIRED,
          FieldError.Type.TOO_LONG,
          FieldError.Type.TOO_MANY,
          FieldError.Type.TYPE_INVALID);

  private final boolean terminating;
  private final String warning;
  private final JsonNode schema;
  private final SchemaValidation validation;
  private final List<Column> columns;
  private final Map<String, Function<JsonNode, String>> selectable = new HashMap<>();
  private final @Nullable JsonNode scale;
  private volatile @Nullable CelRules compiled;

  /// @param version one version of a definition
  /// @param terminating whether the definition is on its way out
  /// @param apiVersion `example.com/v1`, for the warning about a deprecated version
  CustomRules(JsonNode version, boolean terminating, String apiVersion, String kind) {
    this.terminating = terminating;
    this.warning =
        version.path("deprecated").asBoolean(false)
            ? version
                .path("deprecationWarning")
                .asString(apiVersion + " " + kind + " is deprecated")
            : "";
    this.schema = version.path("schema").path("openAPIV3Schema");
    this.validation = new SchemaValidation(schema);
    this.columns = PrinterColumns.of(version);
    for (JsonNode field : version.path("selectableFields")) {
      String path = field.path("jsonPath").asString("");
      String pointer = pointer(path);
      selectable.put(
          path.startsWith(".") ? path.substring(1) : path, object -> text(object.at(pointer)));
    }
    this.scale = version.path("subresources").get("scale");
  }

  /// `.spec.replicas` as `/spec/replicas`.
  private static String pointer(String path) {
    return path.replace('.', '/');
  }

  private static String text(JsonNode value) {
    return value.isMissingNode() || value.isNull() || value.isContainer()
        ? ""
        : value.isString() ? value.stringValue() : Json.text(value);
  }

  @Override
  public void validate(ObjectNode object, Consumer<FieldError> errors) {
    List<FieldError> found = new ArrayList<>(validation.check(object, null, ""));
    found.addAll(EmbeddedObjects.check(object, schema, ""));
    found.addAll(ListTypes.check(object, schema, ""));
    scaled(object, found::add);
    rules(object, null, found);
    found.forEach(errors);
  }

  @Override
  public void validateChange(ObjectNode object, ObjectNode old, Consumer<FieldError> errors) {
    List<FieldError> found = new ArrayList<>(validation.check(object, old, ""));
    if (EmbeddedObjects.check(old, schema, "").isEmpty()) {
      found.addAll(EmbeddedObjects.check(object, schema, ""));
    }
    if (ListTypes.check(old, schema, "").isEmpty()) {
      found.addAll(ListTypes.check(object, schema, ""));
    }
    scaled(object, found::add);
    rules(object, old, found);
    found.forEach(errors);
  }

  /// Rules expect a document of the right shape: what is not stops them.
  private void rules(ObjectNode object, @Nullable ObjectNode old, List<FieldError> errors) {
    CelRules rules = compiled();
    if (rules.isEmpty()) {
      return;
    }
    if (errors.stream().anyMatch(error -> BLOCKING.contains(error.type()))) {
      errors.add(
          FieldError.invalid(
              "<nil>",
              "null",
              "some validation rules were not checked because the object was invalid; correct the"
                  + " existing errors to complete validation"));
      return;
    }
    errors.addAll(rules.check(object, old));
  }

  /// Compiled when first needed: most definitions of a cluster are never written to.
  private CelRules compiled() {
    CelRules known = compiled;
    if (known == null) {
      known = CelRules.of(schema);
      compiled = known;
    }
    return known;
  }

  @Override
  public void validateStatusUpdate(ObjectNode object, ObjectNode old, Consumer<FieldError> errors) {
    validateChange(object, old, errors);
  }

  /// What the scale subresource reads must be what it can say.
  private void scaled(ObjectNode object, Consumer<FieldError> errors) {
    if (scale == null) {
      return;
    }
    ScaleFields fields = scale();
    replicas(object, fields.replicas(), errors);
    replicas(object, fields.statusReplicas(), errors);
    String selector = fields.selector().equals("/") ? "" : text(object.at(fields.selector()));
    try {
      LabelSelector.parse(selector);
    } catch (ApiException e) {
      errors.accept(
          FieldError.invalid(
              dotted(fields.selector()), "\"" + selector + "\"", e.error().message()));
    }
  }

  private static void replicas(ObjectNode object, String at, Consumer<FieldError> errors) {
    JsonNode count = object.at(at);
    if (!count.isNumber()) {
      return;
    }
    if (count.asLong(0) < 0) {
      errors.accept(
          FieldError.invalid(dotted(at), Json.text(count), "should be a non-negative integer"));
    } else if (count.asLong(0) > Integer.MAX_VALUE) {
      errors.accept(
          new FieldError(
              FieldError.Type.INVALID,
              dotted(at),
              Json.text(count),
              "should be less than or equal to " + Integer.MAX_VALUE));
    }
  }

  private static String dotted(String pointer) {
    return pointer.replace('/', '.');
  }

  @Override
  public Map<String, Function<JsonNode, String>> selectableFields() {
    return selectable;
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }

  @Override
  public boolean takesAnyFinalizer() {
    return true;
  }

  @Override
  public List<Column> columns() {
    return columns;
  }

  @Override
  public boolean takesNewObjects() {
    return !terminating;
  }

  @Override
  public String warning() {
    return warning;
  }

  @Override
  public ScaleFields scale() {
    return scale == null
        ? KindRules.super.scale()
        : new ScaleFields(
            pointer(scale.path("specReplicasPath").asString("")),
            pointer(scale.path("statusReplicasPath").asString("")),
            pointer(scale.path("labelSelectorPath").asString("/")));
  }
}
