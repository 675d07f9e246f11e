package dev.navarch.apiserver.policies;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.admission.Warnings;
import dev.navarch.apiserver.audit.Audit;
import dev.navarch.apiserver.cel.Budget;
import dev.navarch.apiserver.cel.CostExceeded;
import dev.navarch.apiserver.cel.EvaluationFailed;
import dev.navarch.apiserver.cel.Expression;
import dev.navarch.apiserver.matching.Configured;
import dev.navarch.apiserver.matching.Seen;
import dev.navarch.apiserver.policies.ValidatingPolicy.Validation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Judges requests by ValidatingAdmissionPolicies. All that mean a request are evaluated, so that
/// every warning is heard; the first denial is the answer.
public final class ValidatingPolicies implements AdmissionPlugin {
  private static final Logger LOG = LoggerFactory.getLogger(ValidatingPolicies.class);
  private static final Map<String, Integer> CODES =
      Map.of("Unauthorized", 401, "Forbidden", 403, "RequestEntityTooLarge", 413);
  private static final Set<String> DENY = Set.of("Deny");
  private static final int INVALID = 422;

  private final Policies policies;
  private final Configured<ValidatingPolicy> configured;
  private final Configured<Binding> bindings;

  public ValidatingPolicies(Policies policies) {
    this.policies = policies;
    this.configured =
        new Configured<>(
            policies.caches(),
            policies.kind("ValidatingAdmissionPolicy"),
            ValidatingPolicy.class,
            ValidatingPolicy::read);
    this.bindings =
        new Configured<>(
            policies.caches(),
            policies.kind("ValidatingAdmissionPolicyBinding"),
            Binding.class,
            Binding::read);
  }

  /// What a validation that did not hold comes to.
  private record Denial(String message, String reason) {}

  @Override
  public void validate(Request request) {
    List<Binding> bound = bindings.all();
    if (bound.isEmpty()) {
      return;
    }
    List<Denial> denials = new ArrayList<>();
    for (ValidatingPolicy policy : configured.all()) {
      policies.match(policy.policy(), bound, request, new Judgement(policy, denials));
    }
    if (!denials.isEmpty()) {
      throw refusal(request, denials);
    }
  }

  private static ApiException refusal(Request request, List<Denial> denials) {
    Denial first = denials.getFirst();
    String message = request.forbidden(first.message()).getMessage();
    return new ApiException(
        new ApiError.Refused(
            CODES.getOrDefault(first.reason(), INVALID),
            first.reason(),
            String.valueOf(message),
            request.kind().resource(),
            request.name(),
            denials.stream().map(Denial::message).toList()));
  }

  /// One policy's say.
  private record Judgement(ValidatingPolicy policy, List<Denial> denials)
      implements Policies.Match {
    @Override
    public void apply(Seen seen, Binding binding, PolicyVariables variables, Budget budget) {
      for (Validation validation : policy.validations()) {
        try {
          if (!Boolean.TRUE.equals(validation.test().evaluate(variables, budget))) {
            fail(binding, words(validation, variables, budget), validation.reason());
          }
        } catch (CostExceeded e) {
          erred(binding, e.getMessage());
          return;
        } catch (EvaluationFailed e) {
          erred(binding, error(validation.test(), e));
        }
      }
      for (ValidatingPolicy.Annotation annotation : policy.annotations()) {
        try {
          Object value = annotation.value().evaluate(variables, budget);
          if (value instanceof String text && !text.isBlank()) {
            Audit.annotate(policy.policy().name() + "/" + annotation.key(), text);
          }
        } catch (EvaluationFailed e) {
          erred(binding, error(annotation.value(), e));
        }
      }
    }

    private static String error(Expression expression, EvaluationFailed e) {
      return "expression '%s' resulted in error: %s"
          .formatted(expression.text().strip(), e.getMessage());
    }

    private static String words(Validation validation, PolicyVariables variables, Budget budget) {
      Expression words = validation.words();
      if (words == null) {
        return validation.plainMessage();
      }
      try {
        String made = String.valueOf(words.evaluate(variables, budget)).strip();
        return made.isEmpty() || made.contains("\n") ? validation.plainMessage() : made;
      } catch (EvaluationFailed e) {
        LOG.atDebug()
            .addKeyValue("expression", words.text())
            .addKeyValue("error", e.getMessage())
            .log("a message expression failed");
        return validation.plainMessage();
      }
    }

    @Override
    public void erred(Binding binding, String why) {
      if (!policy.policy().ignoresFailure()) {
        fail(binding, why, "Invalid");
      }
    }

    /// This is a denial, whatever the binding's actions are, or nothing at all.
    @Override
    public void unusable(@Nullable Binding binding, String why) {
      if (!policy.policy().ignoresFailure()) {
        if (binding == null) {
          denials.add(
              new Denial(
                  "ValidatingAdmissionPolicy '%s' denied request: %s"
                      .formatted(policy.policy().name(), why),
                  "Invalid"));
        } else {
          act(binding, DENY, why, "Invalid");
        }
      }
    }

    private String failure(Binding binding, String message) {
      ObjectNode failure = Json.object().put("message", message);
      failure.put("policy", policy.policy().name()).put("binding", binding.name());
      binding.actions().stream().sorted().forEach(failure.putArray("validationActions")::add);
      ArrayNode all = Json.array();
      all.add(failure);
      return Json.text(all);
    }

    private void fail(Binding binding, String message, String reason) {
      act(binding, binding.actions(), message, reason);
    }

    private void act(Binding binding, Set<String> actions, String message, String reason) {
      String names =
          "ValidatingAdmissionPolicy '%s' with binding '%s'"
              .formatted(policy.policy().name(), binding.name());
      if (actions.contains("Deny")) {
        denials.add(new Denial(names + " denied request: " + message, reason));
      }
      if (actions.contains("Warn")) {
        Warnings.add("Validation failed for " + names + ": " + message);
      }
      if (actions.contains("Audit")) {
        Audit.annotate(
            "validation.policy.admission.k8s.io/validation_failure", failure(binding, message));
      }
    }
  }
}
