package dev.navarch.apiserver.auth;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.client.Objects;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Answers questions about access instead of storing objects: who am I, may I, may somebody else,
/// what may I, whose token is this. `kubectl auth` asks them, and so do kubelets.
public final class Reviews {
  private static final Set<String> RESOURCES =
      Set.of(
          "selfsubjectreviews",
          "tokenreviews",
          "selfsubjectaccessreviews",
          "subjectaccessreviews",
          "localsubjectaccessreviews",
          "selfsubjectrulesreviews");
  private final Authenticator authenticator;
  private final Authorizer authorizer;
  private final Rbac rbac;

  public Reviews(Authenticator authenticator, Authorizer authorizer, Rbac rbac) {
    this.authenticator = authenticator;
    this.authorizer = authorizer;
    this.rbac = rbac;
  }

  public static boolean serves(String group, String plural) {
    return (group.equals("authentication.k8s.io") || group.equals("authorization.k8s.io"))
        && RESOURCES.contains(plural);
  }

  /// The review with its status filled in.
  ///
  /// @param namespace of the path; empty when it names none
  public ObjectNode answer(String plural, String namespace, ObjectNode review, User caller) {
    ObjectNode answer = review.deepCopy();
    JsonNode spec = review.path("spec");
    ObjectNode status = answer.putObject("status");
    switch (plural) {
      case "selfsubjectreviews" -> put(status.putObject("userInfo"), caller);
      case "tokenreviews" -> checkToken(spec, status);
      case "selfsubjectaccessreviews" -> {
        AccessReviewRules.check("SelfSubjectAccessReview", review, false);
        decide(attributes(caller, spec), status);
      }
      case "subjectaccessreviews" -> {
        AccessReviewRules.check("SubjectAccessReview", review, true);
        decide(attributes(subject(spec), spec), status);
      }
      case "localsubjectaccessreviews" -> {
        AccessReviewRules.check("LocalSubjectAccessReview", review, true);
        String asked = spec.path("resourceAttributes").path("namespace").asString("");
        if (!asked.equals(namespace)) {
          throw ApiException.badRequest(
              "spec.resourceAttributes.namespace must match namespace: %s".formatted(namespace));
        }
        decide(attributes(subject(spec), spec), status);
      }
      case "selfsubjectrulesreviews" ->
          listRules(caller, spec.path("namespace").asString(""), status);
      default -> throw new ApiException(new ApiError.NoSuchPath());
    }
    return answer;
  }

  private void checkToken(JsonNode spec, ObjectNode status) {
    Set<String> audiences = new LinkedHashSet<>(strings(spec.path("audiences")));
    if (audiences.isEmpty()) {
      audiences.addAll(authenticator.audiences());
    }
    var checked = authenticator.ofToken(spec.path("token").asString(""), audiences);
    status.put("authenticated", checked.isPresent());
    if (checked.isPresent()) {
      put(status.putObject("user"), checked.get().user());
      checked.get().audiences().forEach(status.putArray("audiences")::add);
    } else {
      status.put("error", "the token is not valid");
    }
  }

  private void decide(Authorizer.Attributes asked, ObjectNode status) {
    Authorizer.Decision decision = authorizer.decide(asked);
    status.put("allowed", decision.allowed());
    if (!decision.reason().isEmpty()) {
      status.put("reason", decision.reason());
    }
  }

  private static Authorizer.Attributes attributes(User user, JsonNode spec) {
    JsonNode resource = spec.path("resourceAttributes");
    JsonNode path = spec.path("nonResourceAttributes");
    return path.isObject()
        ? new Authorizer.Attributes(
            user, text(path, "verb"), "", "", "", "", "", "", text(path, "path"))
        : new Authorizer.Attributes(
            user,
            text(resource, "verb"),
            text(resource, "group"),
            text(resource, "version"),
            text(resource, "resource"),
            text(resource, "subresource"),
            text(resource, "namespace"),
            text(resource, "name"),
            "");
  }

  private static String text(JsonNode object, String field) {
    return object.path(field).asString("");
  }

  private static User subject(JsonNode spec) {
    List<String> groups = strings(spec.path("groups"));
    Map<String, List<String>> extra = new LinkedHashMap<>();
    spec.path("extra")
        .properties()
        .forEach(each -> extra.put(each.getKey(), strings(each.getValue())));
    return new User(text(spec, "user"), text(spec, "uid"), groups, extra);
  }

  private void listRules(User caller, String namespace, ObjectNode status) {
    if (namespace.isEmpty()) {
      throw ApiException.badRequest("no namespace on request");
    }
    var resources = status.putArray("resourceRules");
    var paths = status.putArray("nonResourceRules");
    rbac.rules(caller, namespace)
        .forEach(
            rule -> {
              ObjectNode tree = Objects.tree(rule);
              (tree.path("nonResourceURLs").isEmpty() ? resources : paths).add(tree);
            });
    boolean node = caller.groups().contains("system:nodes");
    status.put("incomplete", node);
    if (node) {
      status.put(
          "evaluationError",
          "node authorizer does not support user rule resolution for node \"%s\""
              .formatted(caller.name().replace("system:node:", "")));
    }
  }

  private static void put(ObjectNode info, User user) {
    info.put("username", user.name());
    if (!user.uid().isEmpty()) {
      info.put("uid", user.uid());
    }
    user.groups().forEach(info.withArray("groups")::add);
    user.extra()
        .forEach((key, values) -> values.forEach(info.withObject("extra").withArray(key)::add));
  }

  private static List<String> strings(JsonNode array) {
    List<String> strings = new ArrayList<>();
    array.forEach(each -> strings.add(each.asString("")));
    return List.copyOf(strings);
  }
}
