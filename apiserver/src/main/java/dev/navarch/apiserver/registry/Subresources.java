package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Decoder;
import dev.navarch.api.FieldValidation;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.api.Schema;
import dev.navarch.client.Cluster.Patch;
import dev.navarch.http.Exchange;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// Serves what lies below an object: its parts that are written by themselves, its scale, and the
/// two things that are done to pods, binding and eviction.
final class Subresources {
  private final Kinds kinds;
  private final Registry registry;
  private final Reader reader;
  private final Wire wire;
  private final Bodies bodies;
  private final Answers answers;
  private final Scales scales;
  private final Bindings bindings;
  private final Evictions evictions;

  Subresources(
      Kinds kinds, Registry registry, Reader reader, Wire wire, Bodies bodies, Answers answers) {
    this.kinds = kinds;
    this.registry = registry;
    this.reader = reader;
    this.wire = wire;
    this.bodies = bodies;
    this.answers = answers;
    this.scales = new Scales(registry, reader::rules);
    this.bindings = new Bindings(registry);
    this.evictions = new Evictions(registry, budgets(), this::inNamespace);
  }

  void handle(Exchange exchange, Target target, String path) {
    if (target.kind().kind().equals("Binding")) {
      bindNamed(exchange, target);
      return;
    }
    Subresource part =
        Subresource.at(path)
            .filter(known -> target.kind().subresources().contains(path))
            .orElseThrow(() -> new ApiException(new ApiError.NoSuchPath()));
    switch (part) {
      case SCALE -> scale(exchange, target);
      case BINDING -> bind(exchange, target, target, binding(exchange));
      case EVICTION -> evict(exchange, target);
      case NONE, STATUS, APPROVAL, FINALIZE, EPHEMERAL_CONTAINERS, RESIZE ->
          part(exchange, target, part);
    }
  }

  private void part(Exchange exchange, Target target, Subresource part) {
    switch (exchange.method()) {
      case "GET" ->
          answers.entry(
              exchange,
              target.kind(),
              reader.get(target, exchange.query("resourceVersion").orElse("")));
      case "PUT" -> {
        FieldManagers.check(exchange, "UpdateOptions");
        ObjectNode sent = bodies.object(exchange, target.kind());
        Registry.Written written =
            registry.update(target, part, sent, ResourceHandler.dryRun(exchange));
        answers.written(exchange, target.kind(), written);
      }
      case "PATCH" -> ResourceHandler.patch(exchange, target, part, registry, answers);
      default -> throw ResourceHandler.notAllowed();
    }
  }

  private void scale(Exchange exchange, Target target) {
    Schema schema = wire.definition(ScaleForm.TYPE);
    boolean dryRun = ResourceHandler.dryRun(exchange);
    ObjectNode scale =
        switch (exchange.method()) {
          case "GET" -> scales.get(target);
          case "PUT" -> {
            FieldManagers.check(exchange, "UpdateOptions");
            yield scales.replace(
                target, bodies.document(exchange, schema, "autoscaling/v1", "Scale"), dryRun);
          }
          case "PATCH" -> {
            Patch patch = Patches.of(exchange);
            FieldValidation mode = Bodies.validation(exchange);
            PatchWarnings warnings = new PatchWarnings();
            ObjectNode patched =
                patch.type() == Patch.Type.APPLY
                    ? scales.apply(
                        target,
                        Patches.configuration(
                            patch, "autoscaling/v1", "Scale", schema, mode, warnings::set),
                        Patches.isForced(exchange),
                        dryRun)
                    : scales.patch(
                        target, Patches.change(patch, schema, mode, warnings::set), dryRun);
            Bodies.warn(exchange, warnings.last());
            yield patched;
          }
          default -> throw ResourceHandler.notAllowed();
        };
    answers.scale(exchange, scale, schema);
  }

  /// A binding that names its pod itself: `POST …/namespaces/default/bindings`.
  private void bindNamed(Exchange exchange, Target target) {
    ObjectNode binding = binding(exchange);
    String name = Metadata.of(binding).name();
    if (name.isEmpty()) {
      throw ApiException.badRequest("a binding needs metadata.name: the pod that is bound");
    }
    bind(exchange, target.named(name), new Target(pods(), target.namespace(), name), binding);
  }

  private ObjectNode binding(Exchange exchange) {
    if (!exchange.method().equals("POST")) {
      throw ResourceHandler.notAllowed();
    }
    return bodies.document(exchange, wire.definition(Bindings.TYPE), "v1", "Binding");
  }

  private void bind(Exchange exchange, Target at, Target pod, ObjectNode binding) {
    bindings.bind(at, pod, binding, ResourceHandler.dryRun(exchange));
    answers.success(exchange, 201, Json.object());
  }

  private void evict(Exchange exchange, Target pod) {
    if (!exchange.method().equals("POST")) {
      throw ResourceHandler.notAllowed();
    }
    ObjectNode eviction =
        bodies.document(exchange, wire.definition(Evictions.TYPE), "", "Eviction");
    evictions.evict(pod, eviction, ResourceHandler.dryRun(exchange));
    answers.success(exchange, 201, Json.object());
  }

  /// What a program in this process posts to a subresource.
  ObjectNode post(Target target, String path, ObjectNode body) {
    switch (Subresource.at(path).orElse(Subresource.NONE)) {
      case BINDING ->
          bindings.bind(target, target, Decoder.clean(body, wire.definition(Bindings.TYPE)), false);
      case EVICTION ->
          evictions.evict(target, Decoder.clean(body, wire.definition(Evictions.TYPE)), false);
      case NONE, STATUS, APPROVAL, FINALIZE, EPHEMERAL_CONTAINERS, RESIZE, SCALE ->
          throw new ApiException(
              new ApiError.MethodNotAllowed(
                  "cannot post to %s/%s".formatted(target.kind().resource(), path)));
    }
    return Json.object().put("kind", "Status").put("apiVersion", "v1").put("status", "Success");
  }

  private List<ObjectNode> inNamespace(Kind kind, String namespace) {
    List<ObjectNode> objects = new ArrayList<>();
    reader
        .list(Target.collection(kind, namespace), ReadOptions.DEFAULT)
        .items()
        .forEach(entry -> objects.add(reader.version(kind).shown(entry)));
    return objects;
  }

  private Kind pods() {
    return kinds.byKind("v1", "Pod").orElseThrow();
  }

  private Kind budgets() {
    return kinds.byKind("policy/v1", "PodDisruptionBudget").orElseThrow();
  }
}
