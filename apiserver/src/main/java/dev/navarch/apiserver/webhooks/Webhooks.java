package dev.navarch.apiserver.webhooks;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import dev.navarch.apiserver.auth.Authorizer;
import dev.navarch.apiserver.cel.EvaluationFailed;
import dev.navarch.apiserver.matching.Matcher.Surroundings;
import dev.navarch.apiserver.matching.RequestVariables;
import dev.navarch.apiserver.matching.Reviewed;
import dev.navarch.apiserver.matching.Seen;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/// What calling mutating and validating webhooks has in common: whether one is meant, the call, and
/// what its failure comes to.
public final class Webhooks {
  private static final Logger LOG = LoggerFactory.getLogger(Webhooks.class);
  private final WebhookClient client;
  private final Surroundings around;
  private final Supplier<Authorizer> authorizer;

  /// @param authorizer asked late: rights are stored in the API that is admitted to here
  public Webhooks(WebhookClient client, Surroundings around, Supplier<Authorizer> authorizer) {
    this.client = client;
    this.around = around;
    this.authorizer = authorizer;
  }

  /// The request as the webhook wants to see it, if it does.
  Optional<Seen> meant(Webhook webhook, Request request) {
    return webhook
        .matcher()
        .match(request, around, false)
        .map(kind -> Seen.as(kind, request))
        .filter(seen -> webhook.conditions().isEmpty() || conditionsHold(webhook, seen.request()));
  }

  private boolean conditionsHold(Webhook webhook, Request request) {
    try {
      return webhook
          .conditions()
          .match(
              RequestVariables.of(
                  request,
                  Reviewed.of(request),
                  authorizer.get(),
                  around.namespace().apply(request.namespace()),
                  null));
    } catch (EvaluationFailed e) {
      if (webhook.ignoresFailure()) {
        LOG.atWarn()
            .addKeyValue("webhook", webhook.name())
            .addKeyValue("error", e.getMessage())
            .log("a webhook is passed over: its match conditions failed");
        return false;
      }
      throw request.forbidden(e.getMessage());
    }
  }

  /// Asks the webhook. The patch of its answer; missing when it has none, or could not be asked and
  /// that does not matter.
  ///
  /// @throws ApiException when it refuses the request, or could not be asked and that matters
  JsonNode call(Webhook webhook, Request request, boolean mutating) {
    if (request.dryRun() && !webhook.dryRunSafe()) {
      throw ApiException.badRequest(
          "admission webhook \"%s\" does not support dry run".formatted(webhook.name()));
    }
    Review review = new Review(webhook);
    try {
      return review.patch(
          client.post(webhook.endpoint(), webhook.timeout(), review.question(request)), mutating);
    } catch (WebhookFailed e) {
      if (!webhook.ignoresFailure()) {
        throw failed(webhook, e.getMessage());
      }
      LOG.atWarn()
          .addKeyValue("webhook", webhook.name())
          .addKeyValue("error", e.getMessage())
          .log("a webhook failed, and the request goes on without it");
      return Json.object().path("nothing");
    }
  }

  static ApiException failed(Webhook webhook, String why) {
    return new ApiException(
        new ApiError.Internal(
            "Internal error occurred: failed calling webhook \"%s\": %s"
                .formatted(webhook.name(), why)));
  }
}
