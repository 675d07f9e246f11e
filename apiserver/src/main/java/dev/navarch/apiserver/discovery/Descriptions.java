package dev.navarch.apiserver.discovery;

import static java.util.stream.Collectors.toMap;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.classfile.Annotation;
import java.lang.classfile.AnnotationValue;
import java.lang.classfile.AttributedElement;
import java.lang.classfile.Attributes;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.FieldInstruction;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What the types and fields of built-in kinds are for, in Kubernetes' own words: `kubectl explain`
/// prints them. They stand in the annotations of the official Java client's model classes, and are
/// read out of its jar, class by class and without loading any, when an OpenAPI document is
/// written. Without the jar there are none.
final class Descriptions {
  private static final String MODELS = "/io/kubernetes/client/openapi/models/";
  private static final Map<String, String> OWN =
      Map.of(
          "io.k8s.apimachinery.pkg.apis.meta.v1.Time", "A point in time, in seconds, as RFC 3339.",
          "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime",
              "A point in time, in microseconds, as RFC 3339.",
          "io.k8s.apimachinery.pkg.apis.meta.v1.Duration",
              "A length of time with its units: 1h30m, 500ms.",
          "io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1",
              "A set of fields as a tree, for every field or element one key.",
          "io.k8s.apimachinery.pkg.apis.meta.v1.Patch",
              "A change to an object, in one of the patch formats.",
          "io.k8s.apimachinery.pkg.api.resource.Quantity",
              "An amount: a number with an optional suffix (m, k, M, Gi...).",
          "io.k8s.apimachinery.pkg.runtime.RawExtension", "An object of any kind.",
          "io.k8s.apimachinery.pkg.util.intstr.IntOrString", "A number or a text.");

  /// The jar says nothing of fields whose type says what they are; these occur everywhere.
  private static final Map<String, String> COMMON =
      Map.of(
          "metadata", "Name, labels, annotations, and what else every object has.",
          "spec", "What is wanted.",
          "status", "What was last seen to be the case.",
          "selector", "Chooses objects by their labels.",
          "template", "What each new object is made from.");

  private static final String METRICS = "io.k8s.metrics.pkg.apis.metrics.v1beta1.";

  /// The model classes leave the API of metrics out.
  private static final Texts MEASURED =
      new Texts(
          "What a node, a pod or a container uses, as its kubelet measured it.",
          Map.of(
              "apiVersion", "The group and version of this document: metrics.k8s.io/v1beta1.",
              "kind", "What this document is.",
              "timestamp", "When it was measured.",
              "window", "The time before the timestamp that rates are averages of.",
              "usage", "How much is used of each resource.",
              "containers", "What each container of the pod uses.",
              "name", "The container's name.",
              "items", "What is listed."));

  /// @param type what the whole is for; empty when nothing is known
  /// @param fields what each field is for, by its name in documents
  record Texts(String type, Map<String, String> fields) {
    static final Texts NONE = new Texts("", Map.of());

    String field(String name) {
      return fields.getOrDefault(name, type.isEmpty() ? "" : COMMON.getOrDefault(name, ""));
    }
  }

  /// The texts of `io.k8s.api.core.v1.Container`.
  Texts of(String definition) {
    if (definition.startsWith(METRICS)) {
      return MEASURED;
    }
    String own = OWN.get(definition);
    return own != null
        ? new Texts(own, Map.of())
        : model(definition).map(Descriptions::read).orElse(Texts.NONE);
  }

  /// Classes are named by version and kind; where that would be ambiguous, by the group too.
  private static Optional<ClassModel> model(String definition) {
    List<String> parts = Arrays.asList(definition.split("\\."));
    if (parts.size() < 3) {
      return Optional.empty();
    }
    String name = OpenApiNames.capital(parts.get(parts.size() - 2)) + parts.getLast();
    String group = OpenApiNames.capital(parts.get(parts.size() - 3));
    return classFile(group + name).or(() -> classFile(name));
  }

  private static Optional<ClassModel> classFile(String name) {
    try (InputStream in = Descriptions.class.getResourceAsStream(MODELS + name + ".class")) {
      return in == null ? Optional.empty() : Optional.of(ClassFile.of().parse(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Texts read(ClassModel model) {
    Map<String, String> names =
        model.fields().stream()
            .flatMap(
                field ->
                    annotated(field, "SerializedName", "value").stream()
                        .map(name -> Map.entry(field.fieldName().stringValue(), name)))
            .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));
    Map<String, String> fields = new HashMap<>();
    for (MethodModel method : model.methods()) {
      Optional<String> text = annotated(method, "ApiModelProperty", "value");
      Optional<String> name = fieldRead(method).map(names::get);
      if (text.isPresent() && name.isPresent()) {
        fields.put(name.get(), text.get());
      }
    }
    return new Texts(annotated(model, "ApiModel", "description").orElse(""), fields);
  }

  private static Optional<String> fieldRead(MethodModel getter) {
    return getter.code().stream()
        .flatMap(code -> code.elementStream())
        .filter(FieldInstruction.class::isInstance)
        .map(element -> ((FieldInstruction) element).name().stringValue())
        .findFirst();
  }

  private static Optional<String> annotated(
      AttributedElement element, String annotation, String member) {
    return element.findAttribute(Attributes.runtimeVisibleAnnotations()).stream()
        .flatMap(attribute -> attribute.annotations().stream())
        .filter(each -> each.className().stringValue().endsWith("/" + annotation + ";"))
        .findFirst()
        .flatMap(each -> member(each, member));
  }

  private static Optional<String> member(Annotation annotation, String name) {
    return annotation.elements().stream()
        .filter(element -> element.name().equalsString(name))
        .map(element -> element.value())
        .filter(AnnotationValue.OfString.class::isInstance)
        .map(value -> ((AnnotationValue.OfString) value).stringValue().strip())
        .filter(text -> !text.isEmpty())
        .findFirst();
  }
}
