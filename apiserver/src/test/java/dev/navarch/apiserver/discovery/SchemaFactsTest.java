package dev.navarch.apiserver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Json;
import dev.navarch.apiserver.FakeExchange;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Discovery and OpenAPI beside the facts that they are made from, read here once more and plainly:
/// nothing is lost on the way.
class SchemaFactsTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();
  private static final DiscoveryRoutes ROUTES =
      new DiscoveryRoutes(KINDS, KINDS::definition, UnaryOperator.identity(), List::of);
  private static final JsonNode FACTS = facts();

  /// Types that travel inside other resources, and what other servers serve.
  private static final Set<String> NO_RESOURCES =
      Set.of(
          "ConversionReview",
          "Eviction",
          "NodeMetrics",
          "PodMetrics",
          "PodStatusResult",
          "RangeAllocation",
          "Scale",
          "SerializedReference",
          "TokenRequest");

  private static JsonNode facts() {
    try (InputStream in = BuiltInKinds.class.getResourceAsStream("kubernetes-1.36.json")) {
      return Json.parse(Objects.requireNonNull(in).readAllBytes());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static JsonNode get(String path) {
    FakeExchange exchange = new FakeExchange("GET", path);
    ROUTES.handler(path).orElseThrow().handle(exchange);
    return exchange.json();
  }

  private static String path(JsonNode kind) {
    String group = kind.path("group").asString();
    String version = kind.path("version").asString();
    return group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
  }

  @Test
  void everyKindIsDiscovered() {
    for (JsonNode kind : FACTS.path("kinds")) {
      if (NO_RESOURCES.contains(kind.path("kind").asString())) {
        continue;
      }
      String plural = kind.path("plural").asString();
      JsonNode list = get(path(kind));
      JsonNode resource = named(list, plural);
      assertThat(resource.path("kind")).as(plural).isEqualTo(kind.path("kind"));
      assertThat(resource.path("namespaced").asBoolean())
          .as(plural)
          .isEqualTo(kind.path("namespaced").asBoolean(false));
      assertThat(texts(resource.path("shortNames")))
          .as(plural)
          .containsAll(texts(kind.path("shortNames")));
      assertThat(texts(resource.path("categories")))
          .as(plural)
          .containsExactlyInAnyOrderElementsOf(texts(kind.path("categories")));
      assertThat(resource.path("verbs").size()).as(plural).isPositive();
      if (!kind.path("onlyVerbs").isEmpty()) {
        assertThat(texts(resource.path("verbs")))
            .as(plural)
            .containsExactlyInAnyOrderElementsOf(texts(kind.path("onlyVerbs")));
      } else {
        for (String subresource : texts(kind.path("subresources"))) {
          assertThat(named(list, plural + "/" + subresource).path("verbs").size())
              .as(plural + "/" + subresource)
              .isPositive();
        }
      }
    }
  }

  @Test
  void nothingIsDiscoveredThatIsNoKind() {
    Set<String> known = new HashSet<>();
    for (JsonNode kind : FACTS.path("kinds")) {
      known.add(path(kind) + "/" + kind.path("plural").asString());
    }
    Set<String> more = new TreeSet<>();
    for (JsonNode group : get("/apis").path("groups")) {
      for (JsonNode version : group.path("versions")) {
        String path = "/apis/" + version.path("groupVersion").asString();
        for (JsonNode resource : get(path).path("resources")) {
          String name = resource.path("name").asString();
          if (name.indexOf('/') < 0 && !known.contains(path + "/" + name)) {
            more.add(path + "/" + name);
          }
        }
      }
    }
    assertThat(more).containsExactly("/apis/apiregistration.k8s.io/v1/apiservices");
  }

  @Test
  void everyPropertyIsInOpenApiWithItsExtensions() {
    for (String version : List.of("/openapi/v2", "/openapi/v3")) {
      List<String> lost = new ArrayList<>();
      for (JsonNode document : documents(version)) {
        JsonNode schemas =
            version.endsWith("v2")
                ? document.path("definitions")
                : document.path("components").path("schemas");
        schemas
            .properties()
            .forEach(
                schema -> {
                  JsonNode facts = FACTS.path("definitions").path(schema.getKey());
                  compare(schema.getKey(), facts, schema.getValue(), lost);
                });
      }
      assertThat(lost).as(version).isEmpty();
    }
  }

  private static List<JsonNode> documents(String version) {
    if (version.endsWith("v2")) {
      return List.of(get(version));
    }
    return get(version).path("paths").propertyNames().stream()
        .map(path -> get(version + "/" + path))
        .toList();
  }

  private static void compare(String name, JsonNode facts, JsonNode shown, List<String> lost) {
    Set<String> required = Set.copyOf(texts(shown.path("required")));
    texts(facts.path("required")).stream()
        .filter(field -> !required.contains(field))
        .forEach(field -> lost.add(name + ": required " + field));
    facts
        .path("properties")
        .properties()
        .forEach(
            field -> {
              JsonNode there = shown.path("properties").path(field.getKey());
              if (there.isMissingNode()) {
                lost.add(name + "." + field.getKey());
                return;
              }
              field
                  .getValue()
                  .properties()
                  .forEach(
                      fact -> {
                        String key = fact.getKey();
                        if (key.startsWith("x-kubernetes-")
                            && !isUsual(key, fact.getValue())
                            && !fact.getValue().equals(there.path(key))) {
                          lost.add(name + "." + field.getKey() + ": " + key);
                        }
                      });
            });
  }

  /// What holds anyway need not be said.
  private static boolean isUsual(String key, JsonNode value) {
    return switch (key) {
      case "x-kubernetes-list-type" -> value.asString("").equals("atomic");
      case "x-kubernetes-map-type" -> value.asString("").equals("granular");
      default -> false;
    };
  }

  private static JsonNode named(JsonNode list, String name) {
    return list.path("resources")
        .valueStream()
        .filter(resource -> resource.path("name").asString().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError("not discovered: " + name));
  }

  private static List<String> texts(JsonNode list) {
    return list.valueStream().map(JsonNode::asString).toList();
  }
}
