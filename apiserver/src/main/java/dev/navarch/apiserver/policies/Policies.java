package dev.navarch.apiserver.policies;

import dev.navarch.api.Kind;
import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import dev.navarch.apiserver.auth.Authorizer;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cel.Budget;
import dev.navarch.apiserver.cel.EvaluationFailed;
import dev.navarch.apiserver.cel.Variables;
import dev.navarch.apiserver.matching.Matcher.Surroundings;
import dev.navarch.apiserver.matching.RequestVariables;
import dev.navarch.apiserver.matching.Reviewed;
import dev.navarch.apiserver.matching.Seen;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Brings policies, bindings and parameters together for one request. Validating and mutating
/// policies differ only in what they do with each match.
///
/// @param authorizer asked late: rights are stored in the API that is admitted to here
public record Policies(Caches caches, Surroundings around, Supplier<Authorizer> authorizer) {

  /// A policy that means the request, through one of its bindings, with one of its parameters.
  interface Match {
    /// @param seen the request, in the version that the policy asks for
    /// @param variables what its expressions see; all within one budget
    void apply(Seen seen, Binding binding, PolicyVariables variables, Budget budget);

    /// Whether the policy means the request could not be found out.
    void erred(Binding binding, String why);

    /// The policy, or its binding, cannot be used as it is.
    ///
    /// @param binding null when the policy itself is at fault
    void unusable(@Nullable Binding binding, String why);
  }

  /// Calls back for each binding and parameter with which the policy means the request.
  void match(Policy policy, List<Binding> bindings, Request request, Match match) {
    List<Binding> own =
        bindings.stream().filter(binding -> binding.policy().equals(policy.name())).toList();
    if (own.isEmpty()) {
      return;
    }
    Optional<Kind> meant = policy.matcher().match(request, around, false);
    if (meant.isEmpty()) {
      return;
    }
    if (!policy.errors().isEmpty()) {
      match.unusable(null, "failed to configure policy: " + policy.errors().getFirst().detail());
      return;
    }
    Seen seen = Seen.as(meant.get(), request);
    ObjectNode reviewed = Reviewed.of(seen.request());
    Optional<ObjectNode> namespace = around.namespace().apply(request.namespace());
    for (Binding binding : own) {
      if (binding.matcher().match(request, around, true).isEmpty()) {
        continue;
      }
      try {
        for (@Nullable ObjectNode params : params(policy, binding, request)) {
          Variables variables =
              RequestVariables.of(seen.request(), reviewed, authorizer.get(), namespace, params);
          if (policy.conditions().isEmpty() || policy.conditions().match(variables)) {
            Budget budget = Budget.of(Budget.PER_REQUEST);
            match.apply(
                seen, binding, new PolicyVariables(policy.variables(), variables, budget), budget);
          }
        }
      } catch (Params.NotFound e) {
        match.unusable(binding, "failed to configure binding: " + e.getMessage());
      } catch (EvaluationFailed e) {
        match.erred(binding, e.getMessage());
      }
    }
  }

  /// One null stands for a policy without parameters.
  private List<@Nullable ObjectNode> params(Policy policy, Binding binding, Request request)
      throws Params.NotFound {
    List<@Nullable ObjectNode> all = new ArrayList<>();
    if (policy.paramKind().isObject() && binding.paramRef().isObject()) {
      all.addAll(
          new Params(caches, around.kinds())
              .find(policy.paramKind(), binding.paramRef(), request.namespace()));
    } else {
      all.add(null);
    }
    return all;
  }

  Kind kind(String name) {
    return around.kinds().byKind("admissionregistration.k8s.io/v1", name).orElseThrow();
  }
}
