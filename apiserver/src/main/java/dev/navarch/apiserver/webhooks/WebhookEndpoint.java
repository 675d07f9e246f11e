package dev.navarch.apiserver.webhooks;

import java.net.URI;
import tools.jackson.databind.JsonNode;

/// Where a webhook listens, and whose certificates it may show.
public sealed interface WebhookEndpoint {
  /// PEM; empty for the machine's own trust.
  byte[] caBundle();

  /// The URL as errors show it.
  String shown();

  /// A server by its URL.
  record AtUrl(URI uri, byte[] caBundle) implements WebhookEndpoint {
    @Override
    public String shown() {
      return uri.toString();
    }
  }

  /// A Service of the cluster: reached at its endpoints, known by its name.
  record AtService(String namespace, String name, int port, String path, byte[] caBundle)
      implements WebhookEndpoint {
    String host() {
      return name + "." + namespace + ".svc";
    }

    @Override
    public String shown() {
      return "https://" + host() + ":" + port + path;
    }
  }

  static WebhookEndpoint read(JsonNode config) {
    byte[] bundle = java.util.Base64.getDecoder().decode(config.path("caBundle").asString(""));
    JsonNode service = config.path("service");
    if (!service.isObject()) {
      return new AtUrl(URI.create(config.path("url").asString("")), bundle);
    }
    String path = service.path("path").asString("");
    return new AtService(
        service.path("namespace").asString(""),
        service.path("name").asString(""),
        service.path("port").asInt(443),
        path.startsWith("/") ? path : "/" + path,
        bundle);
  }
}
