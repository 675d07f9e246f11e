package dev.navarch.apiserver.registry;

import static dev.navarch.apiserver.registry.TestRegistry.configMap;
import static dev.navarch.apiserver.registry.TestRegistry.json;
import static dev.navarch.apiserver.registry.TestRegistry.kind;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.apiserver.kinds.KindRules;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/// Creating and changing objects: what clients of Kubernetes rely on, case by case.
class RegistryTest {
  @TempDir Path folder;
  private TestRegistry test;
  private Registry registry;

  @BeforeEach
  void open() {
    test = TestRegistry.in(folder);
    registry = test.registry();
  }

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void aNewObjectGetsItsIdentityFromTheServer() {
    ObjectNode created =
        test.create(
            configMap(""),
            "{'metadata':{'name':'a','generation':9,'deletionTimestamp':'2001-01-01T00:00:00Z',"
                + "'managedFields':[{}]},'data':{'k':'v'}}");
    Metadata metadata = Metadata.of(created);
    assertThat(metadata.namespace()).isEqualTo("default");
    assertThat(metadata.uid()).hasSize(36);
    assertThat(metadata.text("creationTimestamp")).isEqualTo("2030-01-02T03:04:05Z");
    assertThat(metadata.fields().has("deletionTimestamp")).isFalse();
    assertThat(metadata.fields().path("managedFields").path(0).path("manager").asString())
        .isEqualTo("kube-apiserver");
    assertThat(created.path("apiVersion").asString()).isEqualTo("v1");
    assertThat(registry.get(configMap("a"))).isEqualTo(created);
  }

  @Test
  void aNameIsMadeUpFromItsPrefix() {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      names.add(
          Metadata.of(test.create(configMap(""), "{'metadata':{'generateName':'web-'}}")).name());
    }
    assertThat(names).hasSize(20).allMatch(name -> name.matches("web-[a-z0-9]{5}"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {'metadata':{}} | ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required
          {'metadata':{'name':'a','namespace':'other'}} | the namespace of the provided object does not match the namespace sent on the request
          {'metadata':{'name':'a','resourceVersion':'5'}} | resourceVersion should not be set on objects to be created
          {'metadata':{'name':'Ab'}} | ConfigMap "Ab" is invalid: metadata.name: Invalid value: "Ab": a lowercase RFC 1123
          {'metadata':{'name':'a','labels':{'k':'b c'}}} | metadata.labels: Invalid value: "b c": a valid label must be
          {'metadata':{'name':'a','finalizers':['x']}} | name is neither a standard finalizer name nor is it fully qualified
          {'metadata':{'name':'a','ownerReferences':[{'apiVersion':'v1','kind':'Pod','name':'p','uid':''}]}} | metadata.ownerReferences[0].uid: Invalid value: "": must not be empty
          """)
  void aBadObjectIsRefused(String object, String message) {
    assertThatThrownBy(() -> test.create(configMap(""), object)).hasMessageContaining(message);
  }

  @Test
  void annotationsHaveTheirLimit() {
    ObjectNode object = json("{'metadata':{'name':'a','annotations':{}}}");
    ((ObjectNode) object.at("/metadata/annotations")).put("k", "x".repeat(256 * 1024));
    assertThatThrownBy(() -> registry.create(configMap(""), object, false))
        .hasMessageContaining("metadata.annotations: Too long: may not be more than 262144 bytes");
  }

  /// The answer to a write is what was stored, not encoded once more.
  @Test
  void whatIsWrittenGoesOutAsItIsStored() {
    Registry.Written created = registry.create(configMap("a"), json("{'data':{'k':'1'}}"), false);
    assertThat(created.created()).isTrue();
    assertThat(Json.parse(Objects.requireNonNull(created.json()))).isEqualTo(created.object());

    ObjectNode changed = with(created.object().deepCopy(), "2");
    Registry.Written updated = registry.update(configMap("a"), Subresource.NONE, changed, false);
    assertThat(updated.created()).isFalse();
    assertThat(Json.parse(Objects.requireNonNull(updated.json())))
        .isEqualTo(registry.get(configMap("a")));

    Registry.Written dry = registry.create(configMap("b"), json("{}"), true);
    assertThat(dry.json()).isNull();
  }

  @Test
  void aNameIsTakenOnce() {
    test.create(configMap("a"), "{}");
    assertThatThrownBy(() -> test.create(configMap("a"), "{}"))
        .hasMessage("configmaps \"a\" already exists");
  }

  @Test
  void anUpdateFromAnOldStateIsAConflict() {
    ObjectNode first = test.create(configMap("a"), "{'data':{'k':'1'}}");
    registry.update(configMap("a"), Subresource.NONE, with(first, "2"), false);
    assertThatThrownBy(
            () -> registry.update(configMap("a"), Subresource.NONE, with(first, "3"), false))
        .hasMessage(
            "Operation cannot be fulfilled on configmaps \"a\": the object has been modified;"
                + " please apply your changes to the latest version and try again");
    ObjectNode unconditional = json("{'metadata':{'name':'a'},'data':{'k':'4'}}");
    ObjectNode last =
        registry.update(configMap("a"), Subresource.NONE, unconditional, false).object();
    assertThat(last.at("/data/k").asString()).isEqualTo("4");
    assertThat(Metadata.of(last).uid()).isEqualTo(Metadata.of(first).uid());
  }

  @Test
  void anUpdateOfAnotherIncarnationIsAConflict() {
    test.create(configMap("a"), "{}");
    ObjectNode other = json("{'metadata':{'name':'a','uid':'other'}}");
    assertThatThrownBy(() -> registry.update(configMap("a"), Subresource.NONE, other, false))
        .hasMessageContaining("Precondition failed: UID in precondition: other");
  }

  @Test
  void anUpdateThatChangesNothingWritesNothing() {
    ObjectNode first = test.create(configMap("a"), "{'data':{'k':'1'}}");
    long before = test.store().revision();
    ObjectNode again =
        registry.update(configMap("a"), Subresource.NONE, first.deepCopy(), false).object();
    assertThat(again).isEqualTo(first);
    assertThat(test.store().revision()).isEqualTo(before);
  }

  @Test
  void anUpdateMakesOnlyWhatItAlwaysMade() {
    assertThatThrownBy(
            () ->
                registry.update(
                    configMap("a"), Subresource.NONE, json("{'metadata':{'name':'a'}}"), false))
        .hasMessage("configmaps \"a\" not found");
    Target lease = new Target(kind("coordination.k8s.io/v1", "Lease"), "default", "a");
    assertThat(
            registry
                .update(lease, Subresource.NONE, json("{'metadata':{'name':'a'}}"), false)
                .created())
        .isTrue();
  }

  @Test
  void anUpdateUnderAnotherNameIsRefusedEvenWhereThereIsNothing() {
    assertThatThrownBy(
            () ->
                registry.update(
                    configMap("a"), Subresource.NONE, json("{'metadata':{'name':'b'}}"), false))
        .hasMessage("the name of the object (b) does not match the name on the URL (a)");
  }

  @Test
  void specAndStatusAreWrittenApart() {
    Target web = new Target(kind("apps/v1", "Deployment"), "default", "web");
    ObjectNode created =
        test.create(
            web,
            "{'spec':{'replicas':1,'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':"
                + "{'labels':{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}},"
                + "'status':{'replicas':7}}");
    assertThat(created.at("/status/replicas").isMissingNode()).isTrue();
    assertThat(Metadata.of(created).generation()).isEqualTo(1);

    ObjectNode status = created.deepCopy();
    ((ObjectNode) status.get("spec")).put("replicas", 9);
    status.putObject("status").put("replicas", 3);
    ObjectNode reported = registry.update(web, Subresource.STATUS, status, false).object();
    assertThat(reported.at("/spec/replicas").asInt()).isEqualTo(1);
    assertThat(reported.at("/status/replicas").asInt()).isEqualTo(3);
    assertThat(Metadata.of(reported).generation()).isEqualTo(1);

    ObjectNode spec = reported.deepCopy();
    ((ObjectNode) spec.get("spec")).put("replicas", 2);
    spec.remove("status");
    ObjectNode scaled = registry.update(web, Subresource.NONE, spec, false).object();
    assertThat(scaled.at("/status/replicas").asInt()).isEqualTo(3);
    assertThat(Metadata.of(scaled).generation()).isEqualTo(2);

    Scales scales = new Scales(registry, _ -> new KindRules() {});
    ObjectNode scale = scales.get(web);
    assertThat(scale.at("/status/selector").asString()).isEqualTo("a=b");
    ((ObjectNode) scale.get("spec")).put("replicas", 5);
    scales.replace(web, scale, false);
    assertThat(registry.get(web).at("/spec/replicas").asInt()).isEqualTo(5);
    assertThatThrownBy(() -> scales.replace(web, scale, false))
        .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.isConflict()).isTrue());
  }

  @Test
  void aPodsGenerationCountsResizesAndDebuggers() {
    Target web = new Target(kind("v1", "Pod"), "default", "web");
    ObjectNode created =
        test.create(
            web,
            "{'spec':{'containers':[{'name':'c','image':'i','resources':{'requests':{'cpu':'100m'}}}]}}");
    assertThat(Metadata.of(created).generation()).isEqualTo(1);

    ObjectNode more = created.deepCopy();
    ((ObjectNode) more.at("/spec/containers/0/resources/requests")).put("cpu", "200m");
    ObjectNode resized = registry.update(web, Subresource.RESIZE, more, false).object();
    assertThat(Metadata.of(resized).generation()).isEqualTo(2);

    ObjectNode debugged = resized.deepCopy();
    ((ObjectNode) debugged.get("spec"))
        .putArray("ephemeralContainers")
        .addObject()
        .put("name", "d")
        .put("image", "i");
    ObjectNode seen =
        registry.update(web, Subresource.EPHEMERAL_CONTAINERS, debugged, false).object();
    assertThat(Metadata.of(seen).generation()).isEqualTo(3);
  }

  @Test
  void aPatchIsMadeAgainWhenSomebodyWasFaster() {
    test.create(configMap("a"), "{'data':{'k':'1'}}");
    boolean[] interfered = {false};
    ObjectNode patched =
        registry
            .patch(
                configMap("a"),
                Subresource.NONE,
                object -> {
                  if (!interfered[0]) {
                    interfered[0] = true;
                    registry.patch(configMap("a"), Subresource.NONE, o -> with(o, "2"), false);
                  }
                  ((ObjectNode) object.get("data")).put("mine", "3");
                  Metadata.of(object).fields().remove("resourceVersion");
                  return object;
                },
                false)
            .object();
    assertThat(patched.path("data")).isEqualTo(json("{'k':'2','mine':'3'}"));
  }

  @Test
  void aDryRunLeavesNoTrace() {
    long before = test.store().revision();
    ObjectNode object = registry.create(configMap("a"), Json.object(), true).object();
    assertThat(Metadata.of(object).uid()).isNotEmpty();
    assertThat(test.store().revision()).isEqualTo(before);
    test.create(configMap("a"), "{}");
    assertThatThrownBy(() -> registry.create(configMap("a"), Json.object(), true))
        .isInstanceOfSatisfying(
            ApiException.class,
            e -> assertThat(e.error()).isInstanceOf(ApiError.AlreadyExists.class));
  }

  @Test
  void eventsOfBothGroupsAreTheSameObjects() {
    Target newer = new Target(kind("events.k8s.io/v1", "Event"), "default", "e");
    Target core = new Target(kind("v1", "Event"), "default", "e");
    test.create(
        newer,
        "{'regarding':{'kind':'Pod','name':'p'},'note':'hello','reason':'Started',"
            + "'reportingController':'me','eventTime':'2030-01-01T00:00:00.000000Z'}");
    ObjectNode old = registry.get(core);
    assertThat(old.at("/involvedObject/name").asString()).isEqualTo("p");
    assertThat(old.path("message").asString()).isEqualTo("hello");
    assertThat(old.path("apiVersion").asString()).isEqualTo("v1");
    assertThat(registry.get(newer).path("note").asString()).isEqualTo("hello");
  }

  @Test
  void autoscalersOfBothVersionsAreTheSameObjects() {
    Target first = new Target(kind("autoscaling/v1", "HorizontalPodAutoscaler"), "default", "h");
    Target second = new Target(kind("autoscaling/v2", "HorizontalPodAutoscaler"), "default", "h");
    test.create(
        first,
        "{'spec':{'maxReplicas':3,'targetCPUUtilizationPercentage':60,"
            + "'scaleTargetRef':{'kind':'Deployment','name':'web','apiVersion':'apps/v1'}}}");
    ObjectNode stored = registry.get(second);
    assertThat(stored.at("/spec/metrics/0/resource/target/averageUtilization").asInt())
        .isEqualTo(60);
    registry.patch(
        second,
        Subresource.NONE,
        object -> {
          ObjectNode memory = ((ObjectNode) object.get("spec")).withArray("metrics").addObject();
          memory
              .put("type", "Resource")
              .putObject("resource")
              .put("name", "memory")
              .putObject("target")
              .put("type", "AverageValue")
              .put("averageValue", "1Gi");
          return object;
        },
        false);
    ObjectNode shown = registry.get(first);
    assertThat(shown.at("/spec/targetCPUUtilizationPercentage").asInt()).isEqualTo(60);
    ((ObjectNode) shown.get("spec")).put("maxReplicas", 4);
    registry.update(first, Subresource.NONE, shown, false);
    assertThat(registry.get(second).at("/spec/metrics/1/resource/name").asString())
        .isEqualTo("memory");
  }

  private static ObjectNode with(ObjectNode object, String value) {
    ObjectNode copy = object.deepCopy();
    ((ObjectNode) copy.get("data")).put("k", value);
    return copy;
  }
}
