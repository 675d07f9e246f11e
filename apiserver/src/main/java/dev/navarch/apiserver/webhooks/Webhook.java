package dev.navarch.apiserver.webhooks;

import dev.navarch.apiserver.cel.DeclaredType;
import dev.navarch.apiserver.cel.Environment;
import dev.navarch.apiserver.matching.MatchConditions;
import dev.navarch.apiserver.matching.Matcher;
import dev.navarch.apiserver.matching.RequestVariables;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One webhook of a configuration, ready for use.
///
/// @param ignoresFailure a call that fails counts as allowed
/// @param calledAgain whether it wants another look when others changed the object after it
/// @param dryRunSafe whether it may be called for what will not be stored
record Webhook(
    String name,
    WebhookEndpoint endpoint,
    Duration timeout,
    boolean ignoresFailure,
    boolean calledAgain,
    boolean dryRunSafe,
    Set<String> reviewVersions,
    Matcher matcher,
    MatchConditions conditions) {
  private static final int SECONDS = 10;

  /// The webhooks of one configuration, in their order.
  record Configuration(String name, List<Webhook> webhooks) {
    static Configuration read(ObjectNode document) {
      return new Configuration(
          document.path("metadata").path("name").asString(""),
          document.path("webhooks").valueStream().map(Webhook::read).toList());
    }
  }

  private static Webhook read(JsonNode webhook) {
    return new Webhook(
        webhook.path("name").asString(""),
        WebhookEndpoint.read(webhook.path("clientConfig")),
        Duration.ofSeconds(webhook.path("timeoutSeconds").asInt(SECONDS)),
        webhook.path("failurePolicy").asString("Fail").equals("Ignore"),
        webhook.path("reinvocationPolicy").asString("Never").equals("IfNeeded"),
        Set.of("None", "NoneOnDryRun").contains(webhook.path("sideEffects").asString("")),
        Set.copyOf(
            webhook.path("admissionReviewVersions").valueStream().map(JsonNode::asString).toList()),
        Matcher.ofWebhook(webhook),
        MatchConditions.compile(
            webhook.path("matchConditions"),
            () -> Environment.of(RequestVariables.declared(DeclaredType.DYN, null))));
  }
}
