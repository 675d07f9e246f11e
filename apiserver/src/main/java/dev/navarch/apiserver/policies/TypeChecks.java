package dev.navarch.apiserver.policies;

import dev.cel.common.types.CelKind;
import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.cel.DeclaredType;
import dev.navarch.apiserver.cel.SchemaTypes;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Compiles a policy's validations once more against the kinds that it matches: what names a field
/// that a kind does not have is no error, as it may be guarded, but worth a warning.
final class TypeChecks {
  private static final int MOST_KINDS = 10;

  private TypeChecks() {}

  /// What stands as `status.typeChecking.expressionWarnings`.
  static ArrayNode warnings(ObjectNode policy, Kinds kinds) {
    JsonNode spec = policy.path("spec");
    DeclaredType params =
        kinds
            .byKind(
                spec.at("/paramKind/apiVersion").asString(""),
                spec.at("/paramKind/kind").asString(""))
            .map(kind -> SchemaTypes.of("paramsType", kind.schema()))
            .orElse(DeclaredType.DYN);
    Map<String, String> found = new LinkedHashMap<>();
    for (Kind kind : matched(spec.at("/matchConstraints/resourceRules"), kinds)) {
      PolicyCompiler compiler =
          new PolicyCompiler(spec, SchemaTypes.of("objectType", kind.schema()), params, false);
      int index = 0;
      for (JsonNode validation : spec.path("validations")) {
        String field = "spec.validations[%d].".formatted(index++);
        compiler.compile(field + "expression", validation.path("expression"), CelKind.BOOL);
        if (!validation.path("messageExpression").asString("").isEmpty()) {
          compiler.compile(
              field + "messageExpression", validation.path("messageExpression"), CelKind.STRING);
        }
      }
      for (FieldError error : compiler.errors()) {
        if (error.field().startsWith("spec.validations")) {
          String text =
              "%s, Kind=%s: %s\n"
                  .formatted(
                      kind.apiVersion(),
                      kind.kind(),
                      error.detail().replaceFirst("^compilation failed: ", ""));
          found.merge(error.field(), text, String::concat);
        }
      }
    }
    ArrayNode warnings = Json.array();
    found.forEach(
        (field, warning) -> warnings.addObject().put("fieldRef", field).put("warning", warning));
    return warnings;
  }

  /// The kinds that rules name one by one; a wildcard says nothing of types.
  private static List<Kind> matched(JsonNode rules, Kinds kinds) {
    List<Kind> matched = new ArrayList<>();
    for (JsonNode rule : rules) {
      for (JsonNode group : rule.path("apiGroups")) {
        for (JsonNode version : rule.path("apiVersions")) {
          for (JsonNode resource : rule.path("resources")) {
            kinds
                .byResource(group.asString(""), version.asString(""), resource.asString(""))
                .filter(kind -> matched.size() < MOST_KINDS && !matched.contains(kind))
                .ifPresent(matched::add);
          }
        }
      }
    }
    return matched;
  }
}
