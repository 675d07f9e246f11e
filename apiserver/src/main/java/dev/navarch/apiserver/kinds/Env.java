package dev.navarch.apiserver.kinds;

import java.util.List;
import java.util.regex.Pattern;
import tools.jackson.databind.node.ObjectNode;

/// Environment variables of a container, and the fields of a pod that they and downward-API files
/// may show.
final class Env {
  private static final List<String> SOURCES =
      List.of("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef");
  private static final List<String> ENV_FIELDS =
      List.of(
          "metadata.name",
          "metadata.namespace",
          "metadata.uid",
          "spec.nodeName",
          "spec.serviceAccountName",
          "status.hostIP",
          "status.hostIPs",
          "status.podIP",
          "status.podIPs");
  private static final List<String> FILE_FIELDS =
      List.of(
          "metadata.annotations",
          "metadata.labels",
          "metadata.name",
          "metadata.namespace",
          "metadata.uid");
  private static final Pattern SUBSCRIPT =
      Pattern.compile("metadata\\.(labels|annotations)\\['[^']+'\\]");
  private static final List<String> RESOURCES =
      List.of(
          "limits.cpu",
          "limits.ephemeral-storage",
          "limits.memory",
          "requests.cpu",
          "requests.ephemeral-storage",
          "requests.memory");

  private Env() {}

  static void setDefaults(ObjectNode variable) {
    Defaults.ifObject(variable, "valueFrom").ifPresent(Env::setFieldDefaults);
  }

  /// A reference to a field is one to version `v1` of it.
  static void setFieldDefaults(ObjectNode source) {
    Defaults.ifObject(source, "fieldRef").ifPresent(ref -> Defaults.put(ref, "apiVersion", "v1"));
    Defaults.ifObject(source, "resourceFieldRef")
        .ifPresent(ref -> Defaults.put(ref, "divisor", "0"));
  }

  static void validate(Place container) {
    for (Place variable : container.at("env").items()) {
      if (variable.at("name").present()) {
        variable.at("name").names(Names.environmentVariable(variable.at("name").text()));
      }
      variable.ifSet("valueFrom").ifPresent(from -> validateSource(from, variable.at("value")));
    }
    for (Place from : container.at("envFrom").items()) {
      validateBulkSource(from);
    }
  }

  private static void validateSource(Place from, Place value) {
    if (!value.isEmpty()) {
      from.invalidText("", "may not be specified when `value` is not empty");
      return;
    }
    List<Place> sources = from.anyOf(SOURCES);
    if (sources.isEmpty()) {
      from.invalidText(
          "",
          "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or"
              + " `secretKeyRef`");
    } else if (sources.size() > 1) {
      from.invalidText("", "may not have more than one field specified at a time");
    }
    from.ifSet("fieldRef").ifPresent(ref -> validateField(ref, ENV_FIELDS));
    from.ifSet("resourceFieldRef").ifPresent(Env::validateResource);
    from.ifSet("configMapKeyRef").ifPresent(Env::validateKey);
    from.ifSet("secretKeyRef").ifPresent(Env::validateKey);
  }

  private static void validateKey(Place ref) {
    ref.at("name").present();
    if (ref.at("key").present()) {
      ref.at("key").names(Names.configKey(ref.at("key").text()));
    }
  }

  private static void validateBulkSource(Place from) {
    List<Place> sources = from.anyOf(List.of("configMapRef", "secretRef"));
    if (sources.isEmpty()) {
      from.invalidText("", "must specify one of: `configMapRef` or `secretRef`");
    } else if (sources.size() > 1) {
      from.invalidText("", "may not have more than one field specified at a time");
    }
    sources.forEach(ref -> ref.at("name").present());
    Place prefix = from.at("prefix");
    if (!prefix.isEmpty()) {
      prefix.names(Names.environmentVariable(prefix.text()));
    }
  }

  /// A field of the pod for a downward-API file.
  static void validateFileField(Place ref) {
    validateField(ref, FILE_FIELDS);
  }

  private static void validateField(Place ref, List<String> allowed) {
    Place path = ref.at("fieldPath");
    if (path.present()
        && !allowed.contains(path.text())
        && !SUBSCRIPT.matcher(path.text()).matches()) {
      path.notSupported(allowed);
    }
  }

  static void validateResource(Place ref) {
    Place resource = ref.at("resource");
    boolean huge = resource.text().contains(".hugepages-");
    if (resource.present() && !huge && !RESOURCES.contains(resource.text())) {
      resource.notSupported(RESOURCES);
    }
  }
}
