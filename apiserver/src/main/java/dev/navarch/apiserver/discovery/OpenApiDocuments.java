package dev.navarch.apiserver.discovery;

import dev.navarch.api.Kind;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.discovery.OpenApiOperation.GroupVersionKind;
import dev.navarch.apiserver.discovery.OpenApiOperation.Parameter;
import dev.navarch.apiserver.discovery.Subresources.Subresource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The OpenAPI documents of kinds, from their schemas alone: what `kubectl explain`, client-side
/// validation and client generators read.
///
/// @param definitions finds the schemas of types that are no kinds: `ListMeta`, `Scale`…
record OpenApiDocuments(Function<String, Optional<Schema>> definitions, Descriptions descriptions) {
  private static final List<String> PRODUCES =
      List.of("application/json", "application/yaml", "application/vnd.kubernetes.protobuf");
  private static final List<String> PRODUCES_STREAMS =
      List.of(
          "application/json",
          "application/json;stream=watch",
          "application/vnd.kubernetes.protobuf",
          "application/vnd.kubernetes.protobuf;stream=watch",
          "application/yaml");
  private static final List<String> PATCHES =
      List.of(
          "application/json-patch+json",
          "application/merge-patch+json",
          "application/strategic-merge-patch+json");
  private static final List<String> ANYTHING = List.of("*/*");

  /// All kinds in one document.
  ObjectNode v2(List<Kind> kinds) {
    OpenApiSchemas schemas = schemas(OpenApiDialect.V2, kinds);
    ObjectNode document = node().put("swagger", "2.0");
    document.set("info", info());
    ObjectNode paths = document.putObject("paths");
    for (Kind kind : kinds) {
      for (OpenApiPath path : OpenApiPath.of(kind)) {
        ObjectNode item = paths.putObject(path.path());
        path.operations().forEach(each -> item.set(each.method(), v2(each, schemas)));
        parameters(item, path, OpenApiDialect.V2);
      }
    }
    document.set("definitions", schemas.all());
    return document;
  }

  /// The kinds of one group and version.
  ObjectNode v3(List<Kind> kinds) {
    OpenApiSchemas schemas = schemas(OpenApiDialect.V3, kinds);
    ObjectNode document = node().put("openapi", "3.0.0");
    document.set("info", info());
    ObjectNode paths = document.putObject("paths");
    for (Kind kind : kinds) {
      for (OpenApiPath path : OpenApiPath.of(kind)) {
        ObjectNode item = paths.putObject(path.path());
        path.operations().forEach(each -> item.set(each.method(), v3(each, schemas)));
        parameters(item, path, OpenApiDialect.V3);
      }
    }
    document.putObject("components").set("schemas", schemas.all());
    return document;
  }

  private OpenApiSchemas schemas(OpenApiDialect dialect, List<Kind> kinds) {
    OpenApiSchemas schemas = new OpenApiSchemas(dialect, definitions, descriptions);
    kinds.forEach(schemas::add);
    for (Kind kind : kinds) {
      Subresources.of(kind).forEach(each -> add(schemas, each));
    }
    schemas.add(OpenApiPath.DELETE_OPTIONS);
    schemas.groupVersionKind(OpenApiPath.DELETE_OPTIONS, "", "v1", "DeleteOptions");
    schemas.add(OpenApiPath.STATUS);
    schemas.groupVersionKind(OpenApiPath.STATUS, "", "v1", "Status");
    schemas.add(OpenApiPath.PATCH);
    return schemas;
  }

  private static void add(OpenApiSchemas schemas, Subresource subresource) {
    String definition = subresource.definition();
    if (definition != null && !schemas.has(definition)) {
      schemas.add(definition);
      schemas.groupVersionKind(
          definition, subresource.group(), subresource.version(), subresource.kind());
    }
  }

  private static ObjectNode info() {
    return node().put("title", "Kubernetes").put("version", VersionInfo.KUBERNETES);
  }

  private static ObjectNode v2(OpenApiOperation operation, OpenApiSchemas schemas) {
    ObjectNode node = node();
    strings(node, "consumes", consumes(operation));
    node.put("operationId", operation.id());
    ArrayNode parameters = node.putArray("parameters");
    if (operation.body() != null) {
      parameters
          .addObject()
          .put("in", "body")
          .put("name", "body")
          .put("required", !operation.method().equals("delete"))
          .set("schema", schemas.reference(operation.body()));
    }
    operation.parameters().forEach(each -> parameters.add(v2(each)));
    strings(node, "produces", produces(operation));
    ObjectNode responses = node.putObject("responses");
    for (String code : codes(operation)) {
      responses
          .putObject(code)
          .put("description", meaning(code))
          .set("schema", answer(operation.answer(), schemas));
    }
    responses.putObject("401").put("description", "Unauthorized");
    strings(node, "schemes", List.of("https"));
    return describe(node, operation);
  }

  private static ObjectNode v3(OpenApiOperation operation, OpenApiSchemas schemas) {
    ObjectNode node = node().put("operationId", operation.id());
    ArrayNode parameters = node.putArray("parameters");
    operation.parameters().forEach(each -> parameters.add(v3(each)));
    if (operation.body() != null) {
      ObjectNode body = node.putObject("requestBody");
      ObjectNode content = body.putObject("content");
      for (String type : consumes(operation)) {
        content.putObject(type).set("schema", schemas.reference(operation.body()));
      }
      body.put("required", !operation.method().equals("delete"));
    }
    ObjectNode responses = node.putObject("responses");
    for (String code : codes(operation)) {
      ObjectNode content =
          responses.putObject(code).put("description", meaning(code)).putObject("content");
      for (String type : produces(operation)) {
        content.putObject(type).set("schema", answer(operation.answer(), schemas));
      }
    }
    responses.putObject("401").put("description", "Unauthorized");
    return describe(node, operation);
  }

  private static ObjectNode describe(ObjectNode node, OpenApiOperation operation) {
    strings(node, "tags", List.of(operation.tag()));
    GroupVersionKind kind = operation.kind();
    node.put("x-kubernetes-action", operation.action())
        .putObject("x-kubernetes-group-version-kind")
        .put("group", kind.group())
        .put("kind", kind.kind())
        .put("version", kind.version());
    return node;
  }

  private static void parameters(ObjectNode item, OpenApiPath path, OpenApiDialect dialect) {
    ArrayNode parameters = item.putArray("parameters");
    path.parameters().forEach(each -> parameters.add(parameter(each, dialect)));
    parameters.add(parameter(Parameter.text("pretty"), dialect));
  }

  private static ObjectNode parameter(Parameter parameter, OpenApiDialect dialect) {
    return switch (dialect) {
      case V2 -> v2(parameter);
      case V3 -> v3(parameter);
    };
  }

  private static ObjectNode v2(Parameter parameter) {
    return named(parameter).put("type", parameter.type()).put("uniqueItems", true);
  }

  private static ObjectNode v3(Parameter parameter) {
    ObjectNode node = named(parameter);
    node.putObject("schema").put("type", parameter.type()).put("uniqueItems", true);
    return node;
  }

  private static ObjectNode named(Parameter parameter) {
    ObjectNode node =
        node()
            .put("description", ParameterTexts.of(parameter.name()))
            .put("in", parameter.place())
            .put("name", parameter.name());
    return parameter.required() ? node.put("required", true) : node;
  }

  private static ObjectNode answer(@Nullable String definition, OpenApiSchemas schemas) {
    return definition == null ? node().put("type", "string") : schemas.reference(definition);
  }

  private static List<String> consumes(OpenApiOperation operation) {
    if (!operation.action().equals("patch")) {
      return ANYTHING;
    }
    return PATCHES.stream()
        .filter(type -> operation.strategic() || !type.contains("strategic"))
        .toList();
  }

  private static List<String> produces(OpenApiOperation operation) {
    if (operation.answer() == null) {
      return ANYTHING;
    }
    return operation.watches() ? PRODUCES_STREAMS : PRODUCES;
  }

  private static List<String> codes(OpenApiOperation operation) {
    return switch (operation.action()) {
      case "post" -> List.of("200", "201", "202");
      case "put", "patch" -> List.of("200", "201");
      case "delete" -> List.of("200", "202");
      default -> List.of("200");
    };
  }

  private static String meaning(String code) {
    return switch (code) {
      case "201" -> "Created";
      case "202" -> "Accepted";
      default -> "OK";
    };
  }

  private static void strings(ObjectNode target, String field, List<String> values) {
    ArrayNode array = target.putArray(field);
    values.forEach(array::add);
  }

  private static ObjectNode node() {
    return JsonNodeFactory.instance.objectNode();
  }
}
