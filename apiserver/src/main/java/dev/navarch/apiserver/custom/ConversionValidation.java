package dev.navarch.apiserver.custom;

import dev.navarch.api.selectors.NameChecks;
import dev.navarch.apiserver.kinds.Place;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// What a definition must say of how its objects change between versions.
final class ConversionValidation {
  private ConversionValidation() {}

  static void check(Place conversion) {
    Place strategy = conversion.at("strategy");
    JsonNode webhook = conversion.node().path("webhook");
    Place client =
        new Place(
            conversion.path() + ".webhookClientConfig",
            webhook.path("clientConfig"),
            conversion.errors());
    Place reviews =
        new Place(
            conversion.path() + ".conversionReviewVersions",
            webhook.path("conversionReviewVersions"),
            conversion.errors());
    switch (strategy.text()) {
      case "None" -> {
        if (client.isSet()) {
          client.forbidden("should not be set when strategy is not set to Webhook");
        }
        if (!reviews.isEmpty()) {
          reviews.forbidden("should not be set when strategy is not set to Webhook");
        }
      }
      case "Webhook" -> {
        webhook(client);
        reviews(reviews);
      }
      case "" -> strategy.required("");
      default -> strategy.notSupported(List.of("None", "Webhook"));
    }
  }

  private static void webhook(Place client) {
    Place url = client.at("url");
    Place service = client.at("service");
    if (!client.isSet()) {
      client.required("required when strategy is set to Webhook");
    } else if (url.isSet() == service.isSet()) {
      client.required("exactly one of url or service is required");
    } else if (url.isSet()) {
      if (!url.text().startsWith("https://")) {
        url.invalid("'https' is the only allowed URL scheme; desired format: https://host[/path]");
      }
    } else {
      service.at("name").present("service name is required");
      service.at("namespace").present("service namespace is required");
      Place path = service.at("path");
      if (!path.isEmpty() && !path.text().startsWith("/")) {
        path.invalid("must start with a '/'");
      }
    }
  }

  private static void reviews(Place reviews) {
    if (reviews.isEmpty()) {
      reviews.required("");
      return;
    }
    Set<String> seen = new HashSet<>();
    for (Place version : reviews.items()) {
      if (!seen.add(version.text())) {
        version.invalid("duplicate version");
      } else {
        version.names(NameChecks.dns1035Label(version.text()));
      }
    }
    if (!seen.contains("v1") && !seen.contains("v1beta1")) {
      reviews.invalid("must include at least one of v1, v1beta1");
    }
  }
}
