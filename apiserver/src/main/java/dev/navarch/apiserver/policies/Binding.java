package dev.navarch.apiserver.policies;

import dev.navarch.apiserver.matching.Matcher;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Puts a policy in force: for which requests, with which parameters, and what comes of a failed
/// validation.
///
/// @param paramRef missing when the policy is bound without parameters
/// @param actions `Deny`, `Warn`, `Audit`; empty for mutating policies
record Binding(
    String name, String policy, Matcher matcher, JsonNode paramRef, Set<String> actions) {
  static Binding read(ObjectNode document) {
    JsonNode spec = document.path("spec");
    return new Binding(
        document.path("metadata").path("name").asString(""),
        spec.path("policyName").asString(""),
        Matcher.ofPolicy(spec.path("matchResources")),
        spec.path("paramRef"),
        Set.copyOf(spec.path("validationActions").valueStream().map(JsonNode::asString).toList()));
  }
}
