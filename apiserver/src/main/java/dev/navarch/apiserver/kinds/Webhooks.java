package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// MutatingWebhookConfigurations and ValidatingWebhookConfigurations: services that have a say in
/// what is stored.
///
/// @param mutating whether the webhooks may change objects
record Webhooks(boolean mutating) implements KindRules {
  private static final int SECONDS = 10;
  private static final int HTTPS = 443;

  @Override
  public void setDefaults(ObjectNode configuration) {
    for (ObjectNode webhook : objects(configuration.path("webhooks"))) {
      Defaults.put(webhook, "failurePolicy", "Fail");
      Defaults.put(webhook, "matchPolicy", "Equivalent");
      Defaults.object(webhook, "namespaceSelector");
      Defaults.object(webhook, "objectSelector");
      Defaults.put(webhook, "timeoutSeconds", SECONDS);
      if (mutating) {
        Defaults.put(webhook, "reinvocationPolicy", "Never");
      }
      objects(webhook.path("rules")).forEach(rule -> Defaults.put(rule, "scope", "*"));
      Defaults.ifObject(webhook, "clientConfig")
          .flatMap(client -> Defaults.ifObject(client, "service"))
          .ifPresent(service -> Defaults.put(service, "port", HTTPS));
    }
  }

  @Override
  public void validate(ObjectNode configuration, Consumer<FieldError> errors) {
    Place webhooks = Place.root(configuration, errors).at("webhooks");
    webhooks.distinct("name");
    for (Place webhook : webhooks.items()) {
      Place name = webhook.at("name");
      if (name.present()) {
        name.dnsSubdomain();
        if (name.text().split("\\.", -1).length < 3) {
          name.invalid("should be a domain with at least three segments separated by dots");
        }
      }
      webhook.at("timeoutSeconds").between(1, 30);
      Place effects = webhook.at("sideEffects");
      if (effects.present("must specify one of None, NoneOnDryRun")) {
        effects.oneOf("None", "NoneOnDryRun");
      }
      webhook.at("admissionReviewVersions").present("must specify one of v1, v1beta1");
      Place client = webhook.at("clientConfig");
      if (client.at("url").isEmpty() == !client.at("service").isSet()) {
        client.required("exactly one of url or service is required");
      }
    }
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.size("Webhooks", "How many webhooks it has.", "/webhooks"),
        Column.AGE);
  }
}
