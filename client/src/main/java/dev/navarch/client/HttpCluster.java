package dev.navarch.client;

import dev.navarch.api.ApiException;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The API of a server somewhere else, over HTTPS with JSON bodies: the node agent's way in, and
/// that of controllers and scheduler when they run in processes of their own.
public final class HttpCluster implements Cluster, AutoCloseable {
  private static final String JSON = "application/json";

  private volatile HttpCalls calls;
  private final String userAgent;
  private final Random random;

  /// @param userAgent who is calling, as the server's logs and field managers name it
  public HttpCluster(ServerAccess access, String userAgent, Random random) {
    this.calls = new HttpCalls(access, userAgent, random);
    this.userAgent = userAgent;
    this.random = random;
  }

  /// Goes on with another identity: new calls have it, those under way end as they began.
  public void use(ServerAccess access) {
    calls = new HttpCalls(access, userAgent, random);
  }

  @Override
  public <T extends HasMetadata> Optional<T> find(Resource<T> resource, Key key) {
    try {
      return Optional.of(Objects.read(calls.get(ApiPath.of(resource, key, "")), resource.type()));
    } catch (ApiException e) {
      if (e.isNotFound()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public <T extends HasMetadata> Page<T> list(Resource<T> resource, ListOptions options) {
    boolean first = options.next().isEmpty();
    String from = first ? options.resourceVersion() : "";
    ApiPath path =
        ApiPath.of(resource, options.namespace())
            .with("labelSelector", options.labelSelector())
            .with("fieldSelector", options.fieldSelector())
            .with("resourceVersion", from)
            .with("resourceVersionMatch", from.isEmpty() ? "" : "NotOlderThan")
            .with("limit", options.limit() == 0 ? "" : Integer.toString(options.limit()))
            .with("continue", options.next());
    ObjectNode list = Objects.document(calls.get(path));
    List<T> items = new ArrayList<>();
    for (JsonNode item : list.path("items")) {
      ((ObjectNode) item).put("apiVersion", resource.apiVersion()).put("kind", resource.kind());
      items.add(Objects.convert((ObjectNode) item, resource.type()));
    }
    return new Page<>(
        items,
        list.at("/metadata/resourceVersion").asString(""),
        list.at("/metadata/continue").asString(""));
  }

  @Override
  public <T extends HasMetadata> Watch watch(
      Resource<T> resource, WatchOptions options, WatchListener<T> listener) {
    var limit = Duration.ofMinutes(5).plusSeconds(random.nextInt(300));
    ApiPath path =
        ApiPath.of(resource, options.namespace())
            .with("watch", "true")
            .with("allowWatchBookmarks", "true")
            .with("timeoutSeconds", Long.toString(limit.toSeconds()))
            .with("labelSelector", options.labelSelector())
            .with("fieldSelector", options.fieldSelector())
            .with("resourceVersion", options.resourceVersion());
    return HttpWatch.start(resource, () -> calls.stream(path), listener);
  }

  @Override
  public <T extends HasMetadata> T create(Resource<T> resource, T object) {
    ApiPath path = ApiPath.of(resource, Key.of(object).namespace());
    return Objects.read(calls.call("POST", path, JSON, Objects.write(object)), resource.type());
  }

  @Override
  public <T extends HasMetadata> T update(Resource<T> resource, T object, String subresource) {
    ApiPath path = ApiPath.of(resource, Key.of(object), subresource);
    return Objects.read(calls.call("PUT", path, JSON, Objects.write(object)), resource.type());
  }

  @Override
  public <T extends HasMetadata> T patch(
      Resource<T> resource, Key key, Patch patch, String subresource) {
    ApiPath path = ApiPath.of(resource, key, subresource);
    if (patch.type() == Patch.Type.APPLY) {
      path.with("fieldManager", userAgent).with("force", "true");
    }
    return Objects.read(
        calls.call("PATCH", path, patch.type().mediaType(), patch.body()), resource.type());
  }

  @Override
  public <T extends HasMetadata> void delete(Resource<T> resource, Key key, DeleteOptions options) {
    calls.call("DELETE", ApiPath.of(resource, key, ""), JSON, Objects.write(body(options)));
  }

  @Override
  public ObjectNode post(Resource<?> resource, Key key, String subresource, ObjectNode body) {
    ApiPath path = ApiPath.of(resource, key, subresource);
    return Objects.document(calls.call("POST", path, JSON, Objects.write(body)));
  }

  @Override
  public List<Resource<?>> discover() {
    ObjectNode groups = Objects.document(calls.get("/apis"));
    Stream<String> versions =
        groups
            .path("groups")
            .valueStream()
            .map(group -> group.at("/preferredVersion/groupVersion").asString(""));
    return Stream.concat(Stream.of("v1"), versions).flatMap(this::discover).toList();
  }

  @Override
  public void close() {
    calls.close();
  }

  private Stream<Resource<?>> discover(String groupVersion) {
    int slash = groupVersion.indexOf('/');
    String group = slash < 0 ? "" : groupVersion.substring(0, slash);
    String version = groupVersion.substring(slash + 1);
    ObjectNode list = Objects.document(calls.get((slash < 0 ? "/api/" : "/apis/") + groupVersion));
    return list.path("resources")
        .valueStream()
        .filter(one -> !one.path("name").asString("").contains("/"))
        .filter(one -> has(one.path("verbs"), "list") && has(one.path("verbs"), "delete"))
        .map(
            one ->
                Resource.generic(
                    group,
                    version,
                    one.path("kind").asString(""),
                    one.path("name").asString(""),
                    one.path("namespaced").asBoolean(false)));
  }

  private static boolean has(JsonNode verbs, String verb) {
    return verbs.valueStream().anyMatch(one -> one.asString("").equals(verb));
  }

  private static ObjectNode body(DeleteOptions options) {
    ObjectNode body = Objects.emptyDocument().put("kind", "DeleteOptions").put("apiVersion", "v1");
    if (options.gracePeriod() != null) {
      body.put("gracePeriodSeconds", options.gracePeriod().toSeconds());
    }
    if (options.propagation() != null) {
      body.put("propagationPolicy", options.propagation());
    }
    if (options.uid() != null) {
      body.withObject("preconditions").put("uid", options.uid());
    }
    if (options.resourceVersion() != null) {
      body.withObject("preconditions").put("resourceVersion", options.resourceVersion());
    }
    return body;
  }
}
