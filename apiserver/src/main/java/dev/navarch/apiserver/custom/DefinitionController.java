package dev.navarch.apiserver.custom;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.Interest;
import dev.navarch.apiserver.cache.ResourceCache;
import dev.navarch.apiserver.cache.StorageKeys;
import dev.navarch.apiserver.cache.WatchCursor;
import dev.navarch.apiserver.registry.Registry;
import dev.navarch.apiserver.registry.Subresource;
import dev.navarch.apiserver.registry.Target;
import dev.navarch.apiserver.webhooks.WebhookClient;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Lets kinds be served as their definitions come, change and go, and says so in the definitions'
/// status. A kind is installed before its definition is called established, so whoever waits for
/// that finds it served.
public final class DefinitionController implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DefinitionController.class);
  private static final String OBJECT_META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";
  private static final int ALL = 1000;

  private final CustomResources resources;
  private final Registry registry;
  private final Caches caches;
  private final WebhookClient webhooks;
  private final InstanceCleaner cleaner;
  private final InstantSource clock;
  private final Kind definitions;
  private final Schema objectMeta;
  private final Semaphore news = new Semaphore(1);
  private final Map<String, ObjectNode> seen = new HashMap<>();
  private volatile boolean closed;

  private DefinitionController(
      BuiltInKinds kinds,
      CustomResources resources,
      Registry registry,
      Caches caches,
      WebhookClient webhooks,
      InstantSource clock) {
    this.resources = resources;
    this.registry = registry;
    this.caches = caches;
    this.webhooks = webhooks;
    this.clock = clock;
    this.definitions =
        kinds.byKind("apiextensions.k8s.io/v1", "CustomResourceDefinition").orElseThrow();
    this.objectMeta = kinds.definition(OBJECT_META).orElseThrow();
    this.cleaner = new InstanceCleaner(resources, registry, caches, definitions, this::now);
  }

  /// Installs what is there already, and follows the definitions until closed.
  ///
  /// @param webhooks asks those that convert
  public static DefinitionController start(
      BuiltInKinds kinds,
      CustomResources resources,
      Registry registry,
      Caches caches,
      WebhookClient webhooks,
      InstantSource clock) {
    var controller = new DefinitionController(kinds, resources, registry, caches, webhooks, clock);
    controller.reconcile();
    Thread.ofVirtual().name("custom resource definitions").start(controller::run);
    return controller;
  }

  @Override
  public void close() {
    closed = true;
    cleaner.close();
    news.release();
  }

  private String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private void run() {
    ResourceCache cache = caches.of(definitions);
    Interest all = Interest.in(StorageKeys.prefix(definitions));
    while (!closed) {
      try (WatchCursor cursor = cache.watch(cache.snapshot().revision(), all, news::release)) {
        reconcile();
        while (!closed && !cursor.isEnded()) {
          news.acquireUninterruptibly();
          news.drainPermits();
          while (!cursor.poll(ALL).isEmpty()) {
            reconcile();
          }
        }
      } catch (ApiException e) {
        LOG.atWarn().setCause(e).log("Definitions are read anew");
      }
    }
  }

  /// Makes what is served equal to what is defined. Names are shared within a group, so what
  /// happens to one definition concerns all of its group.
  private void reconcile() {
    Set<JsonNode> concerned = read();
    for (CustomResource installed : List.copyOf(resources.installed())) {
      if (!seen.containsKey(installed.resource().toString())) {
        resources.remove(installed.resource());
        caches.retire(installed.resource());
      }
    }
    for (String name : List.copyOf(seen.keySet())) {
      ObjectNode definition = seen.getOrDefault(name, Json.object());
      if (!concerned.contains(group(definition))) {
        continue;
      }
      try {
        settle(definition, others(name, seen));
      } catch (RuntimeException e) {
        LOG.atWarn()
            .addKeyValue("definition", name)
            .setCause(e)
            .log("A definition could not be settled");
      }
    }
  }

  /// Reads what is new; returns the groups in which something changed.
  private Set<JsonNode> read() {
    String prefix = StorageKeys.prefix(definitions);
    Set<JsonNode> concerned = new HashSet<>();
    Set<String> gone = new HashSet<>(seen.keySet());
    caches
        .of(definitions)
        .snapshot()
        .list(prefix, StorageKeys.end(prefix), _ -> true, 0)
        .forEachRemaining(
            entry -> {
              String name = entry.key().substring(prefix.length());
              gone.remove(name);
              ObjectNode known = seen.get(name);
              if (known == null || revision(known) < entry.revision()) {
                ObjectNode fresh = Json.parse(entry.json());
                seen.put(name, fresh);
                concerned.add(group(fresh));
              }
            });
    gone.forEach(name -> concerned.add(group(seen.getOrDefault(name, Json.object()))));
    seen.keySet().removeAll(gone);
    return concerned;
  }

  private static long revision(ObjectNode definition) {
    return Long.parseLong(definition.at("/metadata/resourceVersion").asString("0"));
  }

  private static List<ObjectNode> others(String name, Map<String, ObjectNode> all) {
    JsonNode group = group(all.getOrDefault(name, Json.object()));
    List<ObjectNode> others = new ArrayList<>();
    all.forEach(
        (other, definition) -> {
          if (!other.equals(name) && group(definition).equals(group)) {
            others.add(definition);
          }
        });
    return others;
  }

  private static JsonNode group(ObjectNode definition) {
    return definition.path("spec").path("group");
  }

  private void settle(ObjectNode definition, List<ObjectNode> others) {
    if (CustomResource.isTerminating(definition)) {
      if (DefinitionStatus.isEstablished(definition)) {
        install(definition);
      }
      cleaner.clean(definition);
      return;
    }
    ObjectNode wanted = DefinitionStatus.of(definition, others, now());
    if (DefinitionStatus.isEstablished(wanted)) {
      install(wanted);
    }
    if (!wanted.equals(definition)) {
      note(definition, others);
    }
  }

  private void note(ObjectNode definition, List<ObjectNode> others) {
    String name = definition.at("/metadata/name").asString("");
    try {
      ObjectNode written =
          registry.change(
              new Target(definitions, "", name),
              Subresource.STATUS,
              current ->
                  CustomResource.isTerminating(current)
                      ? current
                      : DefinitionStatus.of(current, others, now()),
              false);
      seen.put(name, written);
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  private void install(ObjectNode definition) {
    CustomResource before = resources.find(resourceOf(definition)).orElse(null);
    if (before != null && before.isServedLike(definition)) {
      return;
    }
    Conversion conversion =
        WebhookConversion.of(definition.path("spec").path("conversion"), webhooks);
    CustomResource resource = new CustomResource(definition, objectMeta, conversion);
    if (resource.versions().stream().anyMatch(version -> isBuiltIn(version.kind()))) {
      return;
    }
    resources.install(resource);
    CustomForm form = (CustomForm) resource.storage().form();
    caches.reshape(resource.resource(), resource.selectableFields(), form::shown);
  }

  private boolean isBuiltIn(Kind kind) {
    return resources
        .byResource(kind.group(), kind.version(), kind.plural())
        .filter(known -> !known.isCustom())
        .isPresent();
  }

  static ApiError.Resource resourceOf(ObjectNode definition) {
    return new ApiError.Resource(
        group(definition).asString(""), definition.at("/spec/names/plural").asString(""));
  }
}
