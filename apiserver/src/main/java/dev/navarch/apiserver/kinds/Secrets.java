package dev.navarch.apiserver.kinds;

import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.api.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Secrets: like ConfigMaps, in base64, with a type that says which keys must be there.
final class Secrets implements KindRules {
  private static final String ACCOUNT = "kubernetes.io/service-account.name";

  @Override
  public void setDefaults(ObjectNode secret) {
    Defaults.put(secret, "type", "Opaque");
    if (secret.remove("stringData") instanceof ObjectNode plain && !plain.isEmpty()) {
      ObjectNode data = Defaults.object(secret, "data");
      plain
          .properties()
          .forEach(entry -> data.put(entry.getKey(), encoded(entry.getValue().asString(""))));
    }
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void validate(ObjectNode secret, Consumer<FieldError> errors) {
    Place root = Place.root(secret, errors);
    Place data = root.at("data");
    data.values().forEach(ConfigMaps::key);
    long bytes = data.values().stream().mapToLong(value -> value.text().length() * 3L / 4).sum();
    if (bytes > ConfigMaps.MOST_BYTES) {
      data.tooLong(ConfigMaps.MOST_BYTES);
    }
    switch (root.at("type").text()) {
      case "kubernetes.io/service-account-token" -> {
        JsonNode account = secret.at("/metadata/annotations").path(ACCOUNT);
        if (account.asString("").isEmpty()) {
          root.at("metadata", "annotations[" + ACCOUNT + "]").required("");
        }
      }
      case "kubernetes.io/dockercfg" -> json(data, ".dockercfg");
      case "kubernetes.io/dockerconfigjson" -> json(data, ".dockerconfigjson");
      case "kubernetes.io/basic-auth" -> {
        if (!data.node().has("username") && !data.node().has("password")) {
          key(data, "username");
          key(data, "password");
        }
      }
      case "kubernetes.io/ssh-auth" -> key(data, "ssh-privatekey");
      case "kubernetes.io/tls" -> {
        key(data, "tls.crt");
        key(data, "tls.key");
      }
      default -> {}
    }
  }

  private static void json(Place data, String key) {
    key(data, key);
    if (data.node().has(key)) {
      try {
        Json.parse(Base64.getDecoder().decode(data.child(key).text()));
      } catch (ApiException | IllegalArgumentException none) {
        data.child(key).invalidShown("\"<secret contents redacted>\"", "invalid character in JSON");
      }
    }
  }

  private static void key(Place data, String key) {
    if (!data.node().has(key)) {
      data.errors().accept(FieldError.required(data.path() + "[" + key + "]", ""));
    }
  }

  @Override
  public void validateUpdate(ObjectNode secret, ObjectNode old, Consumer<FieldError> errors) {
    Place.root(secret, errors).at("type").sameAs(old.path("type"));
    ConfigMaps.frozen(secret, old, errors, List.of("data"));
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public Map<String, Function<JsonNode, String>> selectableFields() {
    return Map.of("type", Fields.text("/type"));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("Type", "What the secret is for.", "/type", ""),
        Columns.count("Data", "How many keys it holds.", "/data"),
        Column.AGE);
  }
}
