package dev.navarch.apiserver.registry;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import dev.navarch.apiserver.kinds.KindRules;
import dev.navarch.apiserver.kinds.KindRules.NameRule;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// What every object's metadata must keep to, whatever its kind: names, labels, annotations,
/// owners, finalizers.
final class MetadataRules {
  private static final int ANNOTATION_BYTES = 256 * 1024;
  private static final Set<String> STANDARD_FINALIZERS =
      Set.of("kubernetes", "orphan", "foregroundDeletion");

  private MetadataRules() {}

  static void check(Metadata metadata, KindRules rules, Consumer<FieldError> errors) {
    name(metadata, rules.nameRule(), errors);
    labels(metadata.fields().path("labels"), errors);
    annotations(metadata.fields().path("annotations"), errors);
    owners(metadata.fields().path("ownerReferences"), errors);
    finalizers(metadata, rules.takesAnyFinalizer(), errors);
  }

  static void checkUpdate(Metadata metadata, Metadata before, Consumer<FieldError> errors) {
    if (!before.isDeleting()) {
      return;
    }
    List<String> added = new ArrayList<>(metadata.finalizers());
    added.removeAll(before.finalizers());
    if (!added.isEmpty()) {
      errors.accept(
          FieldError.forbidden(
              "metadata.finalizers",
              "no new finalizers can be added if the object is being deleted, found new finalizers"
                  + " []string{\"%s\"}".formatted(String.join("\", \"", added))));
    }
  }

  private static void name(Metadata metadata, NameRule rule, Consumer<FieldError> errors) {
    String name = metadata.name();
    List<String> wrong =
        switch (rule) {
          case DNS_SUBDOMAIN -> NameChecks.dnsSubdomain(name);
          case DNS_LABEL -> NameChecks.dnsLabel(name);
          case DNS_1035_LABEL -> NameChecks.dns1035Label(name);
          case PATH_SEGMENT -> NameChecks.pathSegment(name);
        };
    wrong.forEach(why -> errors.accept(FieldError.invalid("metadata.name", quoted(name), why)));
  }

  private static void labels(JsonNode labels, Consumer<FieldError> errors) {
    for (var label : labels.properties()) {
      String value = label.getValue().asString("");
      NameChecks.labelKey(label.getKey())
          .forEach(
              why ->
                  errors.accept(
                      FieldError.invalid("metadata.labels", quoted(label.getKey()), why)));
      NameChecks.labelValue(value)
          .forEach(why -> errors.accept(FieldError.invalid("metadata.labels", quoted(value), why)));
    }
  }

  private static void annotations(JsonNode annotations, Consumer<FieldError> errors) {
    long bytes = 0;
    for (var annotation : annotations.properties()) {
      NameChecks.annotationKey(annotation.getKey())
          .forEach(
              why ->
                  errors.accept(
                      FieldError.invalid(
                          "metadata.annotations", quoted(annotation.getKey()), why)));
      bytes += length(annotation.getKey()) + length(annotation.getValue().asString(""));
    }
    if (bytes > ANNOTATION_BYTES) {
      errors.accept(
          new FieldError(
              FieldError.Type.TOO_LONG,
              "metadata.annotations",
              "",
              "may not be more than " + ANNOTATION_BYTES + " bytes"));
    }
  }

  private static void owners(JsonNode owners, Consumer<FieldError> errors) {
    String controller = "";
    int at = 0;
    for (JsonNode owner : owners) {
      String path = "metadata.ownerReferences[" + at++ + "]";
      for (String field : List.of("apiVersion", "kind", "name", "uid")) {
        if (owner.path(field).asString("").isEmpty()) {
          errors.accept(
              FieldError.invalid(
                  path + "." + field,
                  "\"\"",
                  field.equals("apiVersion") ? "version must not be empty" : "must not be empty"));
        }
      }
      if (owner.path("controller").asBoolean(false)) {
        String shown = owner.path("kind").asString("") + "/" + owner.path("name").asString("");
        if (!controller.isEmpty()) {
          errors.accept(
              FieldError.invalid(
                  "metadata.ownerReferences",
                  owners.toString(),
                  ("Only one reference can have Controller set to true. Found \"true\" in"
                          + " references for %s and %s")
                      .formatted(controller, shown)));
        }
        controller = shown;
      }
    }
  }

  private static void finalizers(Metadata metadata, boolean any, Consumer<FieldError> errors) {
    Set<String> all = new HashSet<>();
    for (String finalizer : metadata.finalizers()) {
      all.add(finalizer);
      NameChecks.qualifiedName(finalizer)
          .forEach(
              why ->
                  errors.accept(FieldError.invalid("metadata.finalizers", quoted(finalizer), why)));
      if (!any && !finalizer.contains("/") && !STANDARD_FINALIZERS.contains(finalizer)) {
        errors.accept(
            FieldError.invalid(
                "metadata.finalizers",
                quoted(finalizer),
                "name is neither a standard finalizer name nor is it fully qualified"));
      }
    }
    if (all.contains("orphan") && all.contains("foregroundDeletion")) {
      errors.accept(
          FieldError.invalid(
              "metadata.finalizers",
              "[" + String.join(" ", metadata.finalizers()) + "]",
              "finalizer orphan and foregroundDeletion cannot be both set"));
    }
  }

  private static int length(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  private static String quoted(String text) {
    return "\"" + text + "\"";
  }
}
