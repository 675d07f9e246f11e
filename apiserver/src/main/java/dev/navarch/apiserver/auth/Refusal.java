package dev.navarch.apiserver.auth;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;

/// Says why a request is forbidden, in the words that administrators search for.
public final class Refusal {
  private Refusal() {}

  public static ApiException of(Authorizer.Attributes asked, String reason) {
    String why = sentence(asked) + (reason.isEmpty() ? "" : ": " + reason);
    return new ApiException(
        asked.path().isEmpty()
            ? new ApiError.Forbidden(
                new ApiError.Resource(asked.group(), asked.resource()), asked.name(), why)
            : new ApiError.Forbidden(null, "", why));
  }

  private static String sentence(Authorizer.Attributes asked) {
    String user = asked.user().name();
    if (!asked.path().isEmpty()) {
      return "User \"%s\" cannot %s path \"%s\"".formatted(user, asked.verb(), asked.path());
    }
    String resource =
        asked.subresource().isEmpty()
            ? asked.resource()
            : asked.resource() + "/" + asked.subresource();
    String where =
        asked.namespace().isEmpty()
            ? "at the cluster scope"
            : "in the namespace \"%s\"".formatted(asked.namespace());
    return "User \"%s\" cannot %s resource \"%s\" in API group \"%s\" %s"
        .formatted(user, asked.verb(), resource, asked.group(), where);
  }
}
