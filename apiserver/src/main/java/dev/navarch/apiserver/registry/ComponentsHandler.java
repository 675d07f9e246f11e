package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.Components;
import dev.navarch.apiserver.ResourcePath;
import dev.navarch.http.Exchange;
import dev.navarch.http.Handler;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// Serves ComponentStatuses, which say whether store, scheduler and controllers work: looked at
/// anew for each answer, never stored. Upstream deprecated them, and warns of it.
public final class ComponentsHandler implements Handler {
  public static final String PLURAL = "componentstatuses";
  private static final List<String> DEPRECATED =
      List.of("v1 ComponentStatus is deprecated in v1.19+");

  private final Components components;
  private final Kind kind;
  private final Answers answers;

  public ComponentsHandler(
      Components components, BuiltInKinds kinds, Reader reader, InstantSource clock) {
    this.components = components;
    this.kind = kinds.byResource("", "v1", PLURAL).orElseThrow();
    this.answers = new Answers(reader, new Wire(kinds), clock);
  }

  @Override
  public void handle(Exchange exchange) {
    ResourcePath path =
        ResourcePath.parse(exchange.path())
            .filter(at -> at.subresource().isEmpty() && at.namespace().isEmpty())
            .orElseThrow(() -> new ApiException(new ApiError.NoSuchPath()));
    Bodies.warn(exchange, DEPRECATED);
    if (!exchange.method().equals("GET") || ReadOptions.isSet(exchange, "watch")) {
      throw ResourceHandler.notAllowed();
    }
    if (path.name().isEmpty()) {
      list(exchange);
      return;
    }
    ObjectNode found =
        components.look().stream()
            .filter(seen -> seen.name().equals(path.name()))
            .map(this::status)
            .findFirst()
            .orElseThrow(
                () -> new ApiException(new ApiError.NotFound(kind.resource(), path.name())));
    answers.object(exchange, 200, kind, found);
  }

  private void list(Exchange exchange) {
    ReadOptions options = ReadOptions.of(exchange.query());
    Selection selection =
        Selection.of(kind, Set.of(), options.labelSelector(), options.fieldSelector());
    List<ObjectNode> found =
        components.look().stream()
            .filter(seen -> selection.labels().matches(Map.of()))
            .filter(seen -> selection.fields().matches(field -> seen.name()))
            .map(this::status)
            .toList();
    answers.list(exchange, kind, new Reader.Page(List.of(), 0, "", OptionalLong.empty()), found);
  }

  private ObjectNode status(Components.Seen seen) {
    ObjectNode status = Json.object().put("kind", kind.kind()).put("apiVersion", kind.apiVersion());
    status.putObject("metadata").put("name", seen.name());
    status
        .putArray("conditions")
        .addObject()
        .put("type", "Healthy")
        .put("status", seen.works() ? "True" : "False")
        .put("message", seen.works() ? "ok" : "does not answer");
    return status;
  }
}
