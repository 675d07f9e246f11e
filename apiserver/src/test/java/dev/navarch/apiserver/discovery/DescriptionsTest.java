package dev.navarch.apiserver.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.FakeExchange;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class DescriptionsTest {
  private final Descriptions descriptions = new Descriptions();

  @Test
  void readsTypesAndFields() {
    var container = descriptions.of("io.k8s.api.core.v1.Container");
    assertThat(container.type()).contains("single application container");
    assertThat(container.field("imagePullPolicy")).startsWith("Image pull policy.");
    assertThat(descriptions.of("io.k8s.api.core.v1.ServiceSpec").field("clusterIPs")).isNotEmpty();
    assertThat(
            descriptions
                .of("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps")
                .fields())
        .containsKeys("default", "x-kubernetes-list-type");
    assertThat(descriptions.of("io.k8s.api.events.v1.Event").type())
        .isNotEqualTo(descriptions.of("io.k8s.api.core.v1.Event").type());
    assertThat(descriptions.of("nonsense")).isEqualTo(Descriptions.Texts.NONE);
  }

  @Test
  void everyKindAndEveryFieldIsDescribedByItselfOrItsType() {
    BuiltInKinds kinds = BuiltInKinds.load();
    var exchange = new FakeExchange("GET", "/openapi/v2");
    new DiscoveryRoutes(kinds, kinds::definition, UnaryOperator.identity(), List::of)
        .handler("/openapi/v2")
        .orElseThrow()
        .handle(exchange);
    JsonNode definitions = exchange.json().path("definitions");
    for (Kind kind : kinds.all()) {
      assertThat(definitions.path(kind.schema().definition()).path("description").asString(""))
          .as(kind.toString())
          .isNotEmpty();
    }
    // Of these even Kubernetes itself says nothing: JSON Schema does.
    ((ObjectNode) definitions)
        .remove(
            List.of(
                "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.ExternalDocumentation",
                "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"));
    List<String> missing = new ArrayList<>();
    definitions
        .properties()
        .forEach(
            definition ->
                definition
                    .getValue()
                    .path("properties")
                    .properties()
                    .forEach(
                        field -> {
                          boolean reference =
                              field.getValue().has("$ref") || field.getValue().has("allOf");
                          if (!reference && !field.getValue().has("description")) {
                            missing.add(definition.getKey() + "." + field.getKey());
                          }
                        }));
    assertThat(missing).isEmpty();
  }
}
