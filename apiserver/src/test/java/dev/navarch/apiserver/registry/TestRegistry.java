package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.kinds.KindRules;
import dev.navarch.apiserver.kinds.KindRulesList;
import dev.navarch.apiserver.usage.NodeUsages;
import dev.navarch.store.EmbeddedStore;
import dev.navarch.store.StoreMetrics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A registry over a real store in a folder of the test, with a clock that stands still and rules
/// that only know that pods end gracefully; and what serves it, over HTTP and in-process.
final class TestRegistry implements AutoCloseable {
  static final Instant NOW = Instant.parse("2030-01-02T03:04:05Z");
  static final BuiltInKinds KINDS = BuiltInKinds.load();
  private static final InstantSource CLOCK = InstantSource.fixed(NOW);

  private final EmbeddedStore store;
  private final Registry registry;
  private final Function<Kind, KindRules> rules;
  private Caches caches;

  private TestRegistry(EmbeddedStore store, Registry registry, Function<Kind, KindRules> rules) {
    this.store = store;
    this.registry = registry;
    this.rules = rules;
    this.caches = caches();
  }

  static TestRegistry in(Path folder, AdmissionPlugin... plugins) {
    return with(folder, TestRegistry::rules, plugins);
  }

  static TestRegistry with(
      Path folder, Function<Kind, KindRules> rules, AdmissionPlugin... plugins) {
    EmbeddedStore store = EmbeddedStore.open(folder, InstantSource.system(), StoreMetrics.NONE);
    return new TestRegistry(
        store,
        Registry.over(
            store,
            Versions.of(KINDS),
            rules,
            new AdmissionChain(List.of(plugins)),
            CLOCK,
            new Random(7)),
        rules);
  }

  private Caches caches() {
    Map<ApiError.Resource, Map<String, Function<JsonNode, String>>> fields = new HashMap<>();
    KINDS.all().forEach(k -> fields.put(k.resource(), rules.apply(k).selectableFields()));
    return Caches.open(store, resource -> fields.getOrDefault(resource, Map.of()));
  }

  EmbeddedStore store() {
    return store;
  }

  Registry registry() {
    return registry;
  }

  ResourceHandler handler() {
    return new ResourceHandler(KINDS, KINDS, registry, reader(), CLOCK, new Random(7));
  }

  LocalCluster cluster() {
    return new LocalCluster(
        KINDS,
        registry,
        reader(),
        handler(),
        (namespace, account, request) -> {
          throw new ApiException(new ApiError.NoSuchPath());
        },
        "test");
  }

  UsageHandler usage(NodeUsages.Kubelets kubelets) {
    return new UsageHandler(KINDS, reader(), new NodeUsages(kubelets, CLOCK), CLOCK);
  }

  private Reader reader() {
    return new Reader(store, caches, Versions.of(KINDS), rules);
  }

  /// As after a start: what was compacted is forgotten.
  void reopenCaches() {
    caches.close();
    caches = caches();
  }

  /// The rules that the server itself has for a kind.
  static KindRules ownRules(Kind kind) {
    return KindRulesList.rulesFor(kind.group(), kind.kind());
  }

  static KindRules rules(Kind kind) {
    return kind.kind().equals("Pod") ? new PodRules() : new KindRules() {};
  }

  private record PodRules() implements KindRules {
    @Override
    public @Nullable Long gracePeriod(ObjectNode object) {
      return object.path("spec").path("terminationGracePeriodSeconds").asLong(30);
    }

    @Override
    public Map<String, Function<JsonNode, String>> selectableFields() {
      return Map.of("spec.nodeName", pod -> pod.path("spec").path("nodeName").asString(""));
    }
  }

  static Kind kind(String apiVersion, String kind) {
    return KINDS.byKind(apiVersion, kind).orElseThrow();
  }

  static Target pod(String name) {
    return new Target(kind("v1", "Pod"), "default", name);
  }

  static Target configMap(String name) {
    return new Target(kind("v1", "ConfigMap"), "default", name);
  }

  static ObjectNode json(String text) {
    return Json.parse(text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
  }

  ObjectNode create(Target target, String json) {
    return registry.create(target, json(json), false).object();
  }

  ObjectNode runningPod(String name) {
    create(
        pod(name), "{'spec':{'nodeName':'node-1','containers':[{'name':'main','image':'web'}]}}");
    return registry.get(pod(name));
  }

  @Override
  public void close() {
    caches.close();
    store.close();
  }
}
