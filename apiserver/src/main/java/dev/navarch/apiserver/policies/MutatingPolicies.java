package dev.navarch.apiserver.policies;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.cel.Budget;
import dev.navarch.apiserver.cel.EvaluationFailed;
import dev.navarch.apiserver.matching.Configured;
import dev.navarch.apiserver.matching.Seen;
import dev.navarch.apiserver.policies.MutatingPolicy.Mutation;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Changes objects as MutatingAdmissionPolicies say, one policy after the other in the order of
/// their names. A policy that wants to looks once more when those after it have changed something.
public final class MutatingPolicies implements AdmissionPlugin {
  private final Policies policies;
  private final Configured<MutatingPolicy> configured;
  private final Configured<Binding> bindings;
  private final Function<Request, Schema> schema;
  private final BiFunction<Request, ObjectNode, ObjectNode> decoder;

  /// @param schema of what a request's object is
  /// @param decoder makes a changed document one that this schema knows, with its defaults
  public MutatingPolicies(
      Policies policies,
      Function<Request, Schema> schema,
      BiFunction<Request, ObjectNode, ObjectNode> decoder) {
    this.policies = policies;
    this.schema = schema;
    this.decoder = decoder;
    this.configured =
        new Configured<>(
            policies.caches(),
            policies.kind("MutatingAdmissionPolicy"),
            MutatingPolicy.class,
            MutatingPolicy::read);
    this.bindings =
        new Configured<>(
            policies.caches(),
            policies.kind("MutatingAdmissionPolicyBinding"),
            Binding.class,
            Binding::read);
  }

  /// A policy, and the object as it was after its turn.
  private record Turn(MutatingPolicy policy, ObjectNode after) {}

  @Override
  public void admit(Request request) {
    List<Binding> bound = bindings.all();
    ObjectNode object = request.object();
    if (bound.isEmpty() || object == null) {
      return;
    }
    List<Turn> turns = new ArrayList<>();
    for (MutatingPolicy policy : configured.all()) {
      policies.match(policy.policy(), bound, request, new Change(policy, request));
      turns.add(new Turn(policy, object.deepCopy()));
    }
    for (Turn turn : turns) {
      if (turn.policy().appliedAgain() && !turn.after().equals(object)) {
        policies.match(turn.policy().policy(), bound, request, new Change(turn.policy(), request));
      }
    }
  }

  /// One policy's turn.
  private final class Change implements Policies.Match {
    private final MutatingPolicy policy;
    private final Request request;

    Change(MutatingPolicy policy, Request request) {
      this.policy = policy;
      this.request = request;
    }

    @Override
    public void apply(Seen seen, Binding binding, PolicyVariables variables, Budget budget) {
      ObjectNode object = seen.request().content();
      for (Mutation mutation : policy.mutations()) {
        try {
          Object value = mutation.expression().evaluate(variables, budget);
          seen.change(
              decoder.apply(
                  seen.request(),
                  mutation.applied()
                      ? Patching.applied(object, value, schema.apply(seen.request()))
                      : Patching.patched(object, value)));
        } catch (EvaluationFailed | ApiException e) {
          erred(
              binding,
              "expression '%s' resulted in error: %s"
                  .formatted(mutation.expression().text().strip(), e.getMessage()));
        }
      }
    }

    @Override
    public void erred(Binding binding, String why) {
      unusable(binding, why);
    }

    @Override
    public void unusable(@Nullable Binding binding, String why) {
      if (policy.policy().ignoresFailure()) {
        return;
      }
      String names =
          binding == null
              ? "policy '%s'".formatted(policy.policy().name())
              : "policy '%s' with binding '%s'".formatted(policy.policy().name(), binding.name());
      String message = "%s denied request: %s".formatted(names, why);
      throw new ApiException(
          new ApiError.Refused(
              422,
              "Invalid",
              String.valueOf(request.forbidden(message).getMessage()),
              request.kind().resource(),
              request.name(),
              List.of(message)));
    }
  }
}
