package dev.navarch.apiserver.discovery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.FakeExchange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class DiscoveryRoutesTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();
  private static final DiscoveryRoutes ROUTES =
      new DiscoveryRoutes(KINDS, KINDS::definition, UnaryOperator.identity(), List::of);

  @Test
  void saysWhichVersionItSpeaks() {
    JsonNode version = get("/version").json();
    assertThat(version.path("major").asString()).isEqualTo("1");
    assertThat(version.path("minor").asString()).isEqualTo("36");
    assertThat(version.path("gitVersion").asString()).isEqualTo("v1.36.4+navarch-0.1.0");
    assertThat(version.path("platform").asString()).startsWith("linux/");
  }

  @Test
  void listsTheCoreVersions() {
    JsonNode versions = get("/api").json();
    assertThat(versions.path("kind").asString()).isEqualTo("APIVersions");
    assertThat(versions.path("versions").toString()).isEqualTo("[\"v1\"]");
  }

  @Test
  void listsGroupsInKubernetesOrderAndPrefersTheNewestStableVersion() {
    JsonNode groups = get("/apis").json().path("groups");
    assertThat(names(groups, "name"))
        .startsWith("apiregistration.k8s.io", "apps", "events.k8s.io", "authentication.k8s.io")
        .doesNotContain("")
        .endsWith("metrics.k8s.io");
    JsonNode autoscaling = get("/apis/autoscaling").json();
    assertThat(autoscaling.path("kind").asString()).isEqualTo("APIGroup");
    assertThat(autoscaling.path("preferredVersion").path("groupVersion").asString())
        .isEqualTo("autoscaling/v2");
    assertThat(names(autoscaling.path("versions"), "version")).containsExactly("v2", "v1");
  }

  @Test
  void ordersVersionsByStabilityAndAge() {
    List<String> versions =
        new ArrayList<>(
            List.of("v1beta1", "foo", "v1", "v11alpha2", "v2", "v10", "v1beta3", "bar", "v2beta1"));
    versions.sort(ApiGroups::compareVersions);
    assertThat(versions)
        .containsExactly(
            "v10", "v2", "v1", "v2beta1", "v1beta3", "v1beta1", "v11alpha2", "bar", "foo");
  }

  @Test
  void listsResourcesWithTheirSubresourcesInOrder() {
    JsonNode list = get("/api/v1").json();
    assertThat(list.path("groupVersion").asString()).isEqualTo("v1");
    List<String> names = names(list.path("resources"), "name");
    assertThat(names)
        .contains(
            "pods",
            "pods/exec",
            "pods/log",
            "pods/eviction",
            "namespaces/finalize",
            "nodes/proxy",
            "serviceaccounts/token")
        .isSorted();
    JsonNode pods = resource(list, "pods");
    assertThat(pods.toString())
        .isEqualTo(
            "{\"name\":\"pods\",\"singularName\":\"pod\",\"namespaced\":true,\"kind\":\"Pod\","
                + "\"verbs\":[\"create\",\"delete\",\"deletecollection\",\"get\",\"list\",\"patch\","
                + "\"update\",\"watch\"],\"shortNames\":[\"po\"],\"categories\":[\"all\"],"
                + "\"storageVersionHash\":\"xPOwRZ+Yhw8=\"}");
  }

  @ParameterizedTest
  @CsvSource({
    "/apis/apps/v1, deployments/scale, autoscaling, v1, Scale, get patch update",
    "/apis/apps/v1, deployments/status, '', '', Deployment, get patch update",
    "/api/v1, pods/eviction, policy, v1, Eviction, create",
    "/api/v1, pods/binding, '', '', Binding, create",
    "/api/v1, pods/exec, '', '', PodExecOptions, create get",
    "/api/v1, pods/attach, '', '', PodAttachOptions, create get",
    "/api/v1, pods/portforward, '', '', PodPortForwardOptions, create get",
    "/api/v1, pods/log, '', '', Pod, get",
    "/api/v1, pods/proxy, '', '', PodProxyOptions, create delete get patch update",
    "/api/v1, namespaces/finalize, '', '', Namespace, update",
    "/api/v1, serviceaccounts/token, authentication.k8s.io, v1, TokenRequest, create"
  })
  void tellsWhatSubresourcesAre(
      String path, String name, String group, String version, String kind, String verbs) {
    JsonNode resource = resource(get(path).json(), name);
    assertThat(resource.path("group").asString("")).isEqualTo(group);
    assertThat(resource.path("version").asString("")).isEqualTo(version);
    assertThat(resource.path("kind").asString()).isEqualTo(kind);
    assertThat(resource.path("verbs").valueStream().map(JsonNode::asString))
        .containsExactly(verbs.split(" "));
  }

  @ParameterizedTest
  @ValueSource(strings = {"v2", "v2beta1"})
  void tellsAllInOneDocument(String form) {
    String type = "application/json;g=apidiscovery.k8s.io;v=" + form + ";as=APIGroupDiscoveryList";
    FakeExchange answer = get("/apis", Map.of("Accept", type + ",application/json"));
    assertThat(answer.contentType).isEqualTo(type);
    assertThat(answer.answered).containsEntry("Vary", "Accept");
    JsonNode document = answer.json();
    assertThat(document.path("apiVersion").asString()).isEqualTo("apidiscovery.k8s.io/" + form);
    JsonNode apps = document.path("items").path(1);
    assertThat(apps.path("metadata").path("name").asString()).isEqualTo("apps");
    JsonNode deployments =
        apps.path("versions")
            .path(0)
            .path("resources")
            .valueStream()
            .filter(resource -> resource.path("resource").asString().equals("deployments"))
            .findFirst()
            .orElseThrow();
    assertThat(deployments.path("scope").asString()).isEqualTo("Namespaced");
    assertThat(deployments.path("subresources").path(0).path("responseKind").toString())
        .isEqualTo("{\"group\":\"autoscaling\",\"version\":\"v1\",\"kind\":\"Scale\"}");
    JsonNode core = get("/api", Map.of("Accept", type)).json();
    assertThat(core.path("items").size()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "*/*",
        "application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList, application/json",
        "application/json,"
            + " application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList;q=0.5"
      })
  void tellsGroupsToThoseWhoPreferThem(String accept) {
    assertThat(get("/apis", Map.of("Accept", accept)).json().path("kind").asString())
        .isEqualTo("APIGroupList");
  }

  @Test
  void sendsNothingToThoseWhoHaveIt() {
    String etag = get("/apis").answered.getOrDefault("ETag", "");
    assertThat(etag).matches("\"[0-9A-F]{128}\"");
    FakeExchange again = get("/apis", Map.of("If-None-Match", etag));
    assertThat(again.status).isEqualTo(304);
    assertThat(again.bytes()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/apis/none",
        "/apis/none/v1",
        "/api/v2",
        "/apis/apps/v2",
        "/api/v1/pods",
        "/apis/apps/v1/deployments",
        "/openapi",
        "/openapi/v3/api",
        "/openapi/v3/apis/apps/v9",
        "/openapi/v3/api/v1/pods",
        "/openapi/v4",
        "/healthz"
      })
  void leavesOtherPathsToOthers(String path) {
    assertThat(ROUTES.handler(path)).isEmpty();
  }

  @Test
  void answersOnlyReads() {
    assertThatThrownBy(() -> ask("POST", "/apis", Map.of(), Map.of()))
        .hasMessage("the server does not allow this method on the requested resource");
  }

  @Test
  void followsKindsAsTheyComeAndGo() {
    List<Kind> served = new ArrayList<>(KINDS.all());
    DiscoveryRoutes routes =
        new DiscoveryRoutes(
            new ListedKinds(served), KINDS::definition, UnaryOperator.identity(), List::of);
    assertThat(routes.handler("/apis/example.com/v1")).isEmpty();
    Kind pod = KINDS.byKind("v1", "Pod").orElseThrow();
    served.add(
        new Kind(
            "example.com",
            "v1",
            "Boat",
            "boats",
            "boat",
            List.of(),
            List.of(),
            true,
            Set.of("get", "list"),
            Set.of(),
            pod.schema()));
    assertThat(routes.handler("/apis/example.com/v1")).isPresent();
    served.removeLast();
    assertThat(routes.handler("/apis/example.com/v1")).isEmpty();
  }

  private record ListedKinds(List<Kind> kinds) implements Kinds {
    @Override
    public Collection<Kind> all() {
      return kinds;
    }

    @Override
    public Optional<Kind> byResource(String group, String version, String plural) {
      return Optional.empty();
    }

    @Override
    public Optional<Kind> byKind(String apiVersion, String kind) {
      return Optional.empty();
    }
  }

  private static FakeExchange get(String path) {
    return get(path, Map.of());
  }

  private static FakeExchange get(String path, Map<String, String> headers) {
    return ask("GET", path, headers, Map.of());
  }

  private static FakeExchange ask(
      String method, String path, Map<String, String> headers, Map<String, List<String>> query) {
    FakeExchange exchange = new FakeExchange(method, path);
    headers.forEach(exchange::with);
    exchange.query().putAll(query);
    ROUTES.handler(path).orElseThrow().handle(exchange);
    return exchange;
  }

  private static List<String> names(JsonNode list, String field) {
    Stream<String> names = list.valueStream().map(each -> each.path(field).asString());
    return names.toList();
  }

  private static JsonNode resource(JsonNode list, String name) {
    return list.path("resources")
        .valueStream()
        .filter(each -> each.path("name").asString().equals(name))
        .findFirst()
        .orElseThrow();
  }
}
