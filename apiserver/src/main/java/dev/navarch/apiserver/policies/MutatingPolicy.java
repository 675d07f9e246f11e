package dev.navarch.apiserver.policies;

import dev.cel.common.types.CelKind;
import dev.navarch.apiserver.cel.DeclaredType;
import dev.navarch.apiserver.cel.Expression;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A MutatingAdmissionPolicy, ready for use.
///
/// @param appliedAgain whether it wants another look when others changed the object after it
record MutatingPolicy(Policy policy, List<Mutation> mutations, boolean appliedAgain) {

  /// One change.
  ///
  /// @param applied whether the expression yields a configuration to merge, else a JSON patch
  record Mutation(Expression expression, boolean applied) {}

  static MutatingPolicy read(ObjectNode document) {
    return read(document, compiler(document));
  }

  static PolicyCompiler compiler(ObjectNode document) {
    return new PolicyCompiler(document.path("spec"), DeclaredType.DYN, DeclaredType.DYN, true);
  }

  static MutatingPolicy read(ObjectNode document, PolicyCompiler compiler) {
    JsonNode spec = document.path("spec");
    List<Mutation> mutations = new ArrayList<>();
    int index = 0;
    for (JsonNode each : spec.path("mutations")) {
      boolean applied = each.path("patchType").asString("").equals("ApplyConfiguration");
      String form = applied ? "applyConfiguration" : "jsonPatch";
      Expression expression =
          compiler.compile(
              "spec.mutations[%d].%s.expression".formatted(index++, form),
              each.path(form).path("expression"),
              applied ? CelKind.STRUCT : CelKind.LIST);
      if (expression != null) {
        mutations.add(new Mutation(expression, applied));
      }
    }
    return new MutatingPolicy(
        Policy.read(document, compiler),
        mutations,
        spec.path("reinvocationPolicy").asString("Never").equals("IfNeeded"));
  }
}
