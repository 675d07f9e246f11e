package dev.navarch.apiserver.custom;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.apiserver.webhooks.WebhookClient;
import dev.navarch.apiserver.webhooks.WebhookEndpoint;
import dev.navarch.apiserver.webhooks.WebhookFailed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Lets a webhook convert. It may change everything of an object but what it is: of the metadata
/// only labels and annotations are taken from its answer.
final class WebhookConversion implements Conversion {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final Set<String> TAKEN = Set.of("labels", "annotations");

  private final JsonNode webhook;
  private final WebhookClient client;

  private WebhookConversion(JsonNode webhook, WebhookClient client) {
    this.webhook = webhook;
    this.client = client;
  }

  /// @param conversion `spec.conversion` of a definition
  static Conversion of(JsonNode conversion, WebhookClient client) {
    return conversion.path("strategy").asString("").equals("Webhook")
        ? new WebhookConversion(conversion.path("webhook"), client)
        : Conversion.NONE;
  }

  @Override
  public List<ObjectNode> convert(List<ObjectNode> objects, String apiVersion) {
    String kind = kind(objects.getFirst());
    String uid = UUID.randomUUID().toString();
    ObjectNode review = review(objects, apiVersion, uid);
    ObjectNode answer;
    try {
      answer = client.post(WebhookEndpoint.read(webhook.path("clientConfig")), TIMEOUT, review);
    } catch (WebhookFailed e) {
      throw failed(kind, "failed: " + e.reason());
    }
    JsonNode response = checked(answer, review, uid, kind);
    List<ObjectNode> converted = new ArrayList<>();
    for (JsonNode one : response.path("convertedObjects")) {
      converted.add(one instanceof ObjectNode object ? object : Json.object());
    }
    if (converted.size() != objects.size()) {
      throw failed(
          kind, "returned %d objects, expected %d".formatted(converted.size(), objects.size()));
    }
    for (int i = 0; i < converted.size(); i++) {
      accept(objects.get(i), converted.get(i), apiVersion, kind, i);
    }
    return converted;
  }

  private ObjectNode review(List<ObjectNode> objects, String apiVersion, String uid) {
    String form =
        webhook
            .path("conversionReviewVersions")
            .valueStream()
            .map(one -> one.asString(""))
            .filter(List.of("v1", "v1beta1")::contains)
            .findFirst()
            .orElse("v1");
    ObjectNode review =
        Json.object()
            .put("kind", "ConversionReview")
            .put("apiVersion", "apiextensions.k8s.io/" + form);
    ObjectNode request =
        review.putObject("request").put("uid", uid).put("desiredAPIVersion", apiVersion);
    ArrayNode list = request.putArray("objects");
    objects.forEach(list::add);
    return review;
  }

  private static JsonNode checked(ObjectNode answer, ObjectNode review, String uid, String kind) {
    boolean strict = review.path("apiVersion").asString("").endsWith("/v1");
    if (strict
        && !(answer.path("apiVersion").equals(review.path("apiVersion"))
            && answer.path("kind").equals(review.path("kind")))) {
      throw failed(
          kind,
          "failed: expected webhook response of apiextensions.k8s.io/v1, Kind=ConversionReview, got "
              + kind(answer));
    }
    JsonNode response = answer.path("response");
    if (!response.isObject()) {
      throw failed(kind, "failed: no response provided");
    }
    if (strict && !response.path("uid").asString("").equals(uid)) {
      throw failed(
          kind,
          "failed: expected response.uid=\"%s\", got \"%s\""
              .formatted(uid, response.path("uid").asString("")));
    }
    JsonNode result = response.path("result");
    if (!result.path("status").asString("").equals("Success")) {
      String message = result.path("message").asString("");
      throw failed(
          kind,
          "failed: "
              + (message.isEmpty()
                  ? "response.result.status was '%s', not 'Success'"
                      .formatted(result.path("status").asString(""))
                  : message));
    }
    return response;
  }

  private static void accept(
      ObjectNode before, ObjectNode converted, String apiVersion, String kind, int index) {
    String where = "returned invalid converted object at index " + index + ": ";
    if (!converted.path("apiVersion").asString("").equals(apiVersion)) {
      throw failed(
          kind,
          where
              + "invalid groupVersion (expected %s, received %s)"
                  .formatted(apiVersion, converted.path("apiVersion").asString("")));
    }
    if (!converted.path("kind").equals(before.path("kind"))) {
      throw failed(
          kind,
          where
              + "invalid kind (expected %s, received %s)"
                  .formatted(
                      before.path("kind").asString(""), converted.path("kind").asString("")));
    }
    JsonNode was = before.path("metadata");
    if (!(converted.get("metadata") instanceof ObjectNode is)) {
      throw failed(kind, where + "missing metadata in converted object");
    }
    same("name", was, is, kind, where);
    same("namespace", was, is, kind, where);
    if (!is.path("uid").asString("").equals(was.path("uid").asString(""))) {
      throw failed(
          kind,
          where
              + "must have the same UID: %s != %s"
                  .formatted(was.path("uid").asString(""), is.path("uid").asString("")));
    }
    ObjectNode metadata = (ObjectNode) was.deepCopy();
    for (String field : TAKEN) {
      JsonNode given = is.get(field);
      if (given == null) {
        metadata.remove(field);
      } else {
        metadata.set(field, given);
      }
    }
    converted.set("metadata", metadata);
  }

  private static void same(String field, JsonNode was, JsonNode is, String kind, String where) {
    String expected = was.path(field).asString("");
    String found = is.path(field).asString("");
    if (!found.equals(expected)) {
      throw failed(
          kind, where + "must have the same %s: %s != %s".formatted(field, expected, found));
    }
  }

  private static String kind(JsonNode object) {
    return "%s, Kind=%s"
        .formatted(object.path("apiVersion").asString(""), object.path("kind").asString(""));
  }

  private static ApiException failed(String kind, String what) {
    return new ApiException(new ApiError.Internal("conversion webhook for " + kind + " " + what));
  }
}
