package dev.navarch.apiserver.admission;

import dev.navarch.apiserver.auth.RoleGrants;
import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Role;
import io.fabric8.kubernetes.api.model.rbac.RoleRef;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Refuses roles and bindings by which somebody would gain what they do not hold. Changes that
/// touch neither rules nor role pass, so that the garbage collector can always do its work.
///
/// @param grants asked late, because rights are read through the API that admission guards
record RoleEscalation(Supplier<RoleGrants> grants) implements AdmissionPlugin {

  @Override
  public void validate(Request request) {
    boolean written =
        request.operation() == Operation.CREATE || request.operation() == Operation.UPDATE;
    if (written && request.kind().group().equals("rbac.authorization.k8s.io")) {
      var what =
          new RoleGrants.Written(
              request.user(), request.kind().plural(), request.namespace(), request.name());
      switch (request.kind().kind()) {
        case "Role" -> {
          if (changes(request, "rules")) {
            grants.get().checkRole(what, role(request).getRules(), false);
          }
        }
        case "ClusterRole" -> {
          if (changes(request, "rules") || changes(request, "aggregationRule")) {
            ClusterRole role = Objects.convert(request.content().deepCopy(), ClusterRole.class);
            grants.get().checkRole(what, rules(role.getRules()), RoleGrants.isAggregated(role));
          }
        }
        case "RoleBinding", "ClusterRoleBinding" -> {
          if (changes(request, "roleRef") || changes(request, "subjects")) {
            JsonNode ref = request.content().path("roleRef");
            grants
                .get()
                .checkBinding(
                    what,
                    new RoleRef(
                        ref.path("apiGroup").asString(""),
                        ref.path("kind").asString(""),
                        ref.path("name").asString("")));
          }
        }
        default -> {}
      }
    }
  }

  private static Role role(Request request) {
    return Objects.convert(request.content().deepCopy(), Role.class);
  }

  private static List<PolicyRule> rules(@org.jspecify.annotations.Nullable List<PolicyRule> rules) {
    return rules == null ? List.of() : rules;
  }

  private static boolean changes(Request request, String field) {
    ObjectNode old = request.old();
    return old == null || !request.content().path(field).equals(old.path(field));
  }
}
