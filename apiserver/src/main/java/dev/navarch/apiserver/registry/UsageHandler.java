package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.GoDuration;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Quantity;
import dev.navarch.apiserver.ResourcePath;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.usage.NodeUsage;
import dev.navarch.apiserver.usage.NodeUsage.Container;
import dev.navarch.apiserver.usage.NodeUsage.PodName;
import dev.navarch.apiserver.usage.NodeUsage.Usage;
import dev.navarch.apiserver.usage.NodeUsages;
import dev.navarch.http.Exchange;
import dev.navarch.http.Handler;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Serves what nodes and pods use, under their own names and labels, without storing it: each
/// answer is made of the nodes or pods that are asked for and of what their kubelets tell. What no
/// kubelet tells of is left out of lists, and not found.
public final class UsageHandler implements Handler {
  public static final String GROUP = "metrics.k8s.io";
  private final BuiltInKinds kinds;
  private final Reader reader;
  private final NodeUsages usages;
  private final InstantSource clock;
  private final Answers answers;

  public UsageHandler(BuiltInKinds kinds, Reader reader, NodeUsages usages, InstantSource clock) {
    this.kinds = kinds;
    this.reader = reader;
    this.usages = usages;
    this.clock = clock;
    this.answers = new Answers(reader, new Wire(kinds), clock);
  }

  @Override
  public void handle(Exchange exchange) {
    ResourcePath path =
        ResourcePath.parse(exchange.path())
            .filter(at -> at.subresource().isEmpty())
            .orElseThrow(() -> new ApiException(new ApiError.NoSuchPath()));
    Kind kind =
        kinds
            .byResource(GROUP, path.version(), path.plural())
            .filter(known -> known.namespaced() || path.namespace().isEmpty())
            .filter(
                known ->
                    !known.namespaced() || path.name().isEmpty() || !path.namespace().isEmpty())
            .orElseThrow(() -> new ApiException(new ApiError.NoSuchPath()));
    if (!exchange.method().equals("GET") || ReadOptions.isSet(exchange, "watch")) {
      throw ResourceHandler.notAllowed();
    }
    Kind measured = kinds.byResource("", "v1", path.plural()).orElseThrow();
    Target target = new Target(measured, path.namespace(), path.name());
    if (target.name().isEmpty()) {
      list(exchange, kind, reader.list(target, ReadOptions.of(exchange.query())));
    } else {
      one(exchange, kind, target);
    }
  }

  private void list(Exchange exchange, Kind kind, Reader.Page page) {
    Map<String, NodeUsage> known = usagesOf(kind, page.items());
    answers.list(
        exchange,
        kind,
        page,
        page.items().stream().flatMap(entry -> metrics(kind, entry, known).stream()).toList());
  }

  private void one(Exchange exchange, Kind kind, Target target) {
    CacheEntry entry = reader.get(target, "");
    ObjectNode metrics =
        metrics(kind, entry, usagesOf(kind, List.of(entry)))
            .orElseThrow(
                () ->
                    new ApiException(
                        new ApiError.NotFound(
                            new ApiError.Resource(GROUP, kind.singular()),
                            kind.namespaced()
                                ? target.namespace() + "/" + target.name()
                                : target.name())));
    answers.object(exchange, 200, kind, metrics);
  }

  private Map<String, NodeUsage> usagesOf(Kind kind, List<CacheEntry> entries) {
    return usages.of(
        entries.stream()
            .map(entry -> nodeOf(kind, entry))
            .filter(node -> !node.isEmpty())
            .distinct()
            .toList());
  }

  private static String nodeOf(Kind kind, CacheEntry entry) {
    return entry.fields().getOrDefault(kind.namespaced() ? "spec.nodeName" : "metadata.name", "");
  }

  private Optional<ObjectNode> metrics(Kind kind, CacheEntry entry, Map<String, NodeUsage> known) {
    return Optional.ofNullable(known.get(nodeOf(kind, entry)))
        .flatMap(node -> kind.namespaced() ? pod(kind, entry, node) : node(kind, entry, node));
  }

  private Optional<ObjectNode> node(Kind kind, CacheEntry entry, NodeUsage of) {
    return of.node()
        .map(
            usage -> {
              ObjectNode metrics = started(kind, entry, usage);
              metrics.set("usage", amounts(usage));
              return metrics;
            });
  }

  private Optional<ObjectNode> pod(Kind kind, CacheEntry entry, NodeUsage on) {
    var name =
        new PodName(
            entry.fields().getOrDefault("metadata.namespace", ""),
            entry.fields().getOrDefault("metadata.name", ""));
    List<Container> containers = on.containers().getOrDefault(name, List.of());
    return containers.stream()
        .map(Container::usage)
        .min(Comparator.comparing(Usage::at))
        .map(
            oldest -> {
              ObjectNode metrics = started(kind, entry, oldest);
              ArrayNode list = metrics.putArray("containers");
              for (Container container : containers) {
                list.addObject()
                    .put("name", container.name())
                    .set("usage", amounts(container.usage()));
              }
              return metrics;
            });
  }

  private ObjectNode started(Kind kind, CacheEntry entry, Usage measured) {
    ObjectNode metrics =
        Json.object().put("kind", kind.kind()).put("apiVersion", kind.apiVersion());
    ObjectNode metadata = metrics.putObject("metadata");
    metadata.put("name", entry.fields().getOrDefault("metadata.name", ""));
    if (kind.namespaced()) {
      metadata.put("namespace", entry.fields().getOrDefault("metadata.namespace", ""));
    }
    metadata.put("creationTimestamp", seconds(clock.instant()));
    if (!entry.labels().isEmpty()) {
      ObjectNode labels = metadata.putObject("labels");
      new TreeMap<>(entry.labels()).forEach(labels::put);
    }
    return metrics
        .put("timestamp", seconds(measured.at()))
        .put("window", GoDuration.format(measured.window().truncatedTo(ChronoUnit.MILLIS)));
  }

  private static String seconds(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  private static ObjectNode amounts(Usage usage) {
    return Json.object()
        .put("cpu", Quantity.canonical(usage.nanoCores() + "n"))
        .put("memory", Quantity.of(usage.bytes(), Quantity.Format.BINARY).toString());
  }
}
