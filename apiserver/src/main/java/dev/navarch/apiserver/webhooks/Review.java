package dev.navarch.apiserver.webhooks;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import dev.navarch.apiserver.admission.Warnings;
import dev.navarch.apiserver.matching.Reviewed;
import java.util.Base64;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// An `AdmissionReview` on its way to a webhook, and what the webhook made of it.
final class Review {
  private static final String VERSION = "admission.k8s.io/v1";
  private final String uid = UUID.randomUUID().toString();
  private final Webhook webhook;

  Review(Webhook webhook) {
    this.webhook = webhook;
  }

  ObjectNode question(Request request) {
    String version =
        webhook.reviewVersions().contains("v1") || webhook.reviewVersions().isEmpty()
            ? VERSION
            : "admission.k8s.io/v1beta1";
    ObjectNode review = Json.object().put("kind", "AdmissionReview").put("apiVersion", version);
    ObjectNode asked = review.putObject("request").put("uid", uid);
    asked.setAll(Reviewed.of(request));
    asked.set("object", request.object() == null ? asked.nullNode() : request.object());
    asked.set("oldObject", request.old() == null ? asked.nullNode() : request.old());
    asked.set("dryRun", asked.remove("dryRun"));
    asked.set("options", asked.has("options") ? asked.remove("options") : asked.nullNode());
    return review;
  }

  /// The patch that an allowing answer carries; missing when there is none.
  ///
  /// @throws WebhookFailed when the answer cannot be used
  /// @throws ApiException when it refuses the request
  JsonNode patch(ObjectNode answer, boolean mutating) throws WebhookFailed {
    JsonNode response = answer.path("response");
    if (!response.isObject()) {
      throw new WebhookFailed("webhook response was absent");
    }
    if (!answer.path("kind").asString("").equals("AdmissionReview")) {
      throw new WebhookFailed(
          "received invalid webhook response: expected webhook response of %s, Kind=AdmissionReview, got %s, Kind=%s"
              .formatted(
                  VERSION,
                  answer.path("apiVersion").asString(""),
                  answer.path("kind").asString("")));
    }
    if (!response.path("uid").asString("").equals(uid)
        && answer.path("apiVersion").asString("").equals(VERSION)) {
      throw new WebhookFailed(
          "received invalid webhook response: expected response.uid=\"%s\", got \"%s\""
              .formatted(uid, response.path("uid").asString("")));
    }
    response.path("warnings").valueStream().map(JsonNode::asString).forEach(Warnings::add);
    if (!response.path("allowed").asBoolean(false)) {
      throw refusal(response.path("status"));
    }
    return patchOf(response, mutating);
  }

  private JsonNode patchOf(JsonNode response, boolean mutating) throws WebhookFailed {
    JsonNode patch = response.path("patch");
    if (patch.asString("").isEmpty()) {
      return response.path("nothing");
    }
    if (!mutating) {
      throw new WebhookFailed(
          "received invalid webhook response: validating webhook may not return response.patch");
    }
    String type = response.path("patchType").asString("");
    if (!type.equals("JSONPatch")) {
      throw new WebhookFailed(
          "received invalid webhook response: webhook returned invalid response.patchType of \"%s\""
              .formatted(type));
    }
    try {
      return Json.parseAny(Base64.getDecoder().decode(patch.asString()));
    } catch (IllegalArgumentException | ApiException e) {
      throw new WebhookFailed("received invalid webhook response: " + e.getMessage());
    }
  }

  private ApiException refusal(JsonNode status) {
    String denied = "admission webhook \"%s\" denied the request".formatted(webhook.name());
    String message = status.path("message").asString("");
    String reason = status.path("reason").asString("");
    String why =
        !message.isEmpty()
            ? ": " + message
            : !reason.isEmpty() ? ": " + reason : " without explanation";
    int code = status.path("code").asInt(0);
    return new ApiException(new ApiError.Refused(Math.max(400, code), reason, denied + why));
  }
}
