package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.FieldValidation;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.ResourcePath;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.client.Cluster.Patch;
import dev.navarch.http.Exchange;
import dev.navarch.http.Handler;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Serves the objects of every kind over HTTP: finds the verb in method and query, and leaves the
/// work to {@link Registry} and {@link Reader}. Who may do it was decided before.
public final class ResourceHandler implements Handler {
  private final Kinds kinds;
  private final Registry registry;
  private final Reader reader;
  private final Wire wire;
  private final Bodies bodies;
  private final Answers answers;
  private final WatchStreams watches;
  private final Subresources subresources;

  /// @param types what the formats of built-in kinds are made from
  public ResourceHandler(
      Kinds kinds,
      BuiltInKinds types,
      Registry registry,
      Reader reader,
      InstantSource clock,
      RandomGenerator random) {
    this.kinds = kinds;
    this.registry = registry;
    this.reader = reader;
    this.wire = new Wire(types);
    this.bodies = new Bodies(wire);
    this.answers = new Answers(reader, wire, clock);
    this.watches = new WatchStreams(reader, wire, answers, clock, random);
    this.subresources = new Subresources(kinds, registry, reader, wire, bodies, answers);
  }

  /// The same subresources for programs in this process.
  Subresources subresources() {
    return subresources;
  }

  @Override
  public void handle(Exchange exchange) {
    if (exchange.method().equals("GET")) {
      serve(exchange);
      return;
    }
    ScopedValue.where(Caller.MANAGER, FieldManagers.of(exchange))
        .where(Caller.OPTIONS, () -> options(exchange))
        .run(() -> serve(exchange));
  }

  private static ObjectNode options(Exchange exchange) {
    ObjectNode options = Json.object();
    for (String name : List.of("fieldManager", "fieldValidation")) {
      exchange
          .query(name)
          .filter(value -> !value.isEmpty())
          .ifPresent(value -> options.put(name, value));
    }
    return options;
  }

  private void serve(Exchange exchange) {
    ResourcePath path =
        ResourcePath.parse(exchange.path())
            .orElseThrow(() -> new ApiException(new ApiError.NoSuchPath()));
    Kind kind =
        kinds
            .byResource(path.group(), path.version(), path.plural())
            .filter(known -> known.namespaced() || isOutsideNamespaces(path))
            .orElseThrow(() -> new ApiException(new ApiError.NoSuchPath()));
    checkName("Namespace", path.namespace());
    checkName("Name", path.name());
    Target target = new Target(kind, path.namespace(), path.name());
    if (kind.isCustom()
        && kind.namespaced()
        && path.namespace().isEmpty()
        && !path.name().isEmpty()) {
      throw new ApiException(new ApiError.NoSuchPath());
    }
    String warning = reader.rules(kind).warning();
    if (!warning.isEmpty()) {
      Bodies.warn(exchange, List.of(warning));
    }
    if (!path.subresource().isEmpty() || kind.kind().equals("Binding")) {
      subresources.handle(exchange, target, path.subresource());
    } else if (target.name().isEmpty()) {
      collection(exchange, target);
    } else {
      one(exchange, target);
    }
  }

  /// No key of the store holds a NUL.
  private static void checkName(String what, String name) {
    if (name.indexOf('\0') >= 0) {
      throw ApiException.badRequest(
          "%s parameter invalid: \"%s\": may not contain NUL"
              .formatted(what, name.replace("\0", "\\x00")));
    }
  }

  private static boolean isOutsideNamespaces(ResourcePath path) {
    return path.namespace().isEmpty()
        || (path.plural().equals("namespaces") && path.namespace().equals(path.name()));
  }

  private void collection(Exchange exchange, Target target) {
    switch (exchange.method()) {
      case "GET" -> {
        if (isWatch(exchange)) {
          watch(exchange, target, ReadOptions.of(exchange.query()));
        } else {
          allow(target, "list");
          answers.list(
              exchange, target.kind(), reader.list(target, ReadOptions.of(exchange.query())));
        }
      }
      case "POST" -> {
        allow(target, "create");
        if (target.kind().namespaced() && target.namespace().isEmpty()) {
          throw notAllowed();
        }
        FieldManagers.check(exchange, "CreateOptions");
        ObjectNode sent = bodies.object(exchange, target.kind());
        answers.written(exchange, target.kind(), registry.create(target, sent, dryRun(exchange)));
      }
      case "DELETE" -> {
        allow(target, "deletecollection");
        deleteAll(exchange, target);
      }
      default -> throw notAllowed();
    }
  }

  private void one(Exchange exchange, Target target) {
    if (target.kind().namespaced() && target.namespace().isEmpty()) {
      throw new ApiException(new ApiError.NoSuchPath());
    }
    switch (exchange.method()) {
      case "GET" -> {
        if (isWatch(exchange)) {
          ReadOptions options = ReadOptions.of(exchange.query());
          watch(exchange, target.named(""), options.only(target.name()));
        } else {
          allow(target, "get");
          String version = exchange.query("resourceVersion").orElse("");
          answers.entry(exchange, target.kind(), reader.get(target, version));
        }
      }
      case "PUT" -> {
        allow(target, "update");
        FieldManagers.check(exchange, "UpdateOptions");
        ObjectNode sent = bodies.object(exchange, target.kind());
        Registry.Written written =
            registry.update(target, Subresource.NONE, sent, dryRun(exchange));
        answers.written(exchange, target.kind(), written);
      }
      case "PATCH" -> {
        allow(target, "patch");
        patch(exchange, target, Subresource.NONE, registry, answers);
      }
      case "DELETE" -> {
        allow(target, "delete");
        delete(exchange, target);
      }
      default -> throw notAllowed();
    }
  }

  /// Answers a POST whose object is never stored, as reviews and token requests are: reads it, and
  /// writes what is made of it.
  public void compute(
      Exchange exchange,
      String apiVersion,
      String kind,
      Schema schema,
      UnaryOperator<ObjectNode> made) {
    Answers.computedWish(exchange);
    ObjectNode sent = bodies.document(exchange, schema, apiVersion, kind);
    ObjectNode answer = made.apply(sent).put("apiVersion", apiVersion).put("kind", kind);
    answers.computed(exchange, 201, answer, schema);
  }

  static void patch(
      Exchange exchange, Target target, Subresource part, Registry registry, Answers answers) {
    Patch patch = Patches.of(exchange);
    Kind kind = target.kind();
    FieldValidation mode = Bodies.validation(exchange);
    PatchWarnings warnings = new PatchWarnings();
    Registry.Written written =
        patch.type() == Patch.Type.APPLY
            ? registry.apply(
                target,
                part,
                Patches.configuration(
                    patch, kind.apiVersion(), kind.kind(), kind.schema(), mode, warnings::set),
                Patches.isForced(exchange),
                dryRun(exchange))
            : registry.patch(
                target,
                part,
                Patches.change(patch, kind.schema(), mode, warnings::set),
                dryRun(exchange));
    Bodies.warn(exchange, warnings.last());
    answers.written(exchange, kind, written);
  }

  private void watch(Exchange exchange, Target target, ReadOptions options) {
    allow(target, "watch");
    watches.serve(exchange, target, options);
  }

  private void delete(Exchange exchange, Target target) {
    ObjectNode document = deleteOptions(exchange);
    DeleteOptions options = DeleteOptions.read(document);
    Registry.Deleted deleted =
        ScopedValue.where(Caller.OPTIONS, document::deepCopy)
            .call(() -> registry.delete(target, options));
    if (deleted.gone() && !RETURNED_WHEN_DELETED.contains(target.kind().resource().toString())) {
      ApiError.Resource resource = target.kind().resource();
      ObjectNode details = Json.object().put("name", target.name());
      if (!resource.group().isEmpty()) {
        details.put("group", resource.group());
      }
      details.put("kind", resource.plural()).put("uid", Metadata.of(deleted.object()).uid());
      answers.success(exchange, 200, details);
    } else {
      answers.object(exchange, 200, target.kind(), deleted.object());
    }
  }

  /// A delete of these answers with the object as it was.
  private static final Set<String> RETURNED_WHEN_DELETED =
      Set.of(
          "pods",
          "services",
          "serviceaccounts",
          "persistentvolumes",
          "persistentvolumeclaims",
          "resourcequotas",
          "podtemplates");

  private void deleteAll(Exchange exchange, Target target) {
    DeleteOptions options = DeleteOptions.read(deleteOptions(exchange)).forAny();
    ReadOptions selected = ReadOptions.of(exchange.query());
    ObjectNode list =
        Json.object()
            .put("kind", target.kind().kind() + "List")
            .put("apiVersion", target.kind().apiVersion());
    Reader.Page page = reader.list(target, selected);
    list.putObject("metadata").put("resourceVersion", Long.toString(page.revision()));
    ArrayNode items = list.putArray("items");
    for (CacheEntry entry : page.items()) {
      try {
        items.add(registry.delete(reader.at(entry, target), options).object());
      } catch (ApiException e) {
        if (!e.isNotFound()) {
          throw e;
        }
      }
    }
    answers.wholeList(exchange, target.kind(), list);
  }

  private ObjectNode deleteOptions(Exchange exchange) {
    ObjectNode document =
        bodies.document(exchange, wire.meta("DeleteOptions"), "", "DeleteOptions");
    exchange
        .query("gracePeriodSeconds")
        .ifPresent(
            seconds ->
                document.put(
                    "gracePeriodSeconds", ReadOptions.number("gracePeriodSeconds", seconds)));
    exchange
        .query("propagationPolicy")
        .ifPresent(policy -> document.put("propagationPolicy", policy));
    exchange
        .query("orphanDependents")
        .ifPresent(orphan -> document.put("orphanDependents", ReadOptions.isTrue(orphan)));
    if (dryRun(exchange)) {
      document.putArray("dryRun").add("All");
    }
    return document;
  }

  static boolean dryRun(Exchange exchange) {
    return DeleteOptions.dryRun(
        exchange.query().getOrDefault("dryRun", List.of()).stream()
            .filter(value -> !value.isEmpty())
            .toList());
  }

  private static boolean isWatch(Exchange exchange) {
    return ReadOptions.isSet(exchange, "watch");
  }

  private static void allow(Target target, String verb) {
    if (!target.kind().verbs().contains(verb) || !target.kind().verbs().contains("get")) {
      throw notAllowed();
    }
  }

  static ApiException notAllowed() {
    return new ApiException(
        new ApiError.MethodNotAllowed(
            "the server does not allow this method on the requested resource"));
  }
}
