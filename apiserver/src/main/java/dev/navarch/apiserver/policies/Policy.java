package dev.navarch.apiserver.policies;

import dev.navarch.api.FieldError;
import dev.navarch.apiserver.cel.DeclaredType;
import dev.navarch.apiserver.cel.Environment;
import dev.navarch.apiserver.cel.Expression;
import dev.navarch.apiserver.matching.MatchConditions;
import dev.navarch.apiserver.matching.Matcher;
import dev.navarch.apiserver.matching.RequestVariables;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What validating and mutating policies have in common.
///
/// @param errors what of it does not compile: such a policy fails whenever it is used
record Policy(
    String name,
    JsonNode paramKind,
    boolean ignoresFailure,
    Matcher matcher,
    MatchConditions conditions,
    Map<String, Expression> variables,
    List<FieldError> errors) {

  static Policy read(ObjectNode document, PolicyCompiler compiler) {
    JsonNode spec = document.path("spec");
    return new Policy(
        document.path("metadata").path("name").asString(""),
        spec.path("paramKind"),
        spec.path("failurePolicy").asString("Fail").equals("Ignore"),
        Matcher.ofPolicy(spec.path("matchConstraints")),
        MatchConditions.compile(
            spec.path("matchConditions"),
            () ->
                Environment.of(
                    RequestVariables.declared(
                        DeclaredType.DYN,
                        spec.path("paramKind").isObject() ? DeclaredType.DYN : null))),
        compiler.variables(),
        compiler.errors());
  }
}
