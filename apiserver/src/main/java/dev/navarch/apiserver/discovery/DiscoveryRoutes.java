package dev.navarch.apiserver.discovery;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.discovery.AcceptedTypes.MediaType;
import dev.navarch.apiserver.discovery.ApiGroups.GroupVersion;
import dev.navarch.http.Exchange;
import dev.navarch.http.Handler;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/// The paths by which clients learn what a server serves: `/api`, `/apis` and what is below them up
/// to the version, `/version`, and the OpenAPI documents. They follow the kinds as these come and
/// go.
public final class DiscoveryRoutes {
  private static final Set<String> READ = Set.of("GET", "HEAD");

  private final Kinds kinds;
  private final Function<String, Optional<Schema>> definitions;
  private final CachedDocument version = CachedDocument.json(VersionInfo.document());
  private final UnaryOperator<Kind> stored;
  private final Supplier<List<RemoteVersion>> remotes;
  private volatile ServedDocuments current;

  /// @param definitions finds the schemas of types that are no kinds, by name:
  ///   `io.k8s.api.autoscaling.v1.Scale`
  /// @param stored the version in which objects of a kind are stored
  /// @param remotes what other servers serve behind this one
  public DiscoveryRoutes(
      Kinds kinds,
      Function<String, Optional<Schema>> definitions,
      UnaryOperator<Kind> stored,
      Supplier<List<RemoteVersion>> remotes) {
    this.kinds = kinds;
    this.definitions = definitions;
    this.stored = stored;
    this.remotes = remotes;
    this.current = new ServedDocuments(List.copyOf(kinds.all()), List.of(), definitions, stored);
  }

  /// What answers a path; empty when the path is none of discovery's.
  public Optional<Handler> handler(String path) {
    String plain =
        path.length() > 1 && path.endsWith("/") ? path.substring(0, path.length() - 1) : path;
    return find(plain).map(DiscoveryRoutes::readOnly);
  }

  private Optional<Handler> find(String path) {
    String[] parts = path.substring(1).split("/", -1);
    return switch (path) {
      case "/" -> Optional.of(documents().paths());
      case "/version" -> Optional.of(version);
      case "/api" -> Optional.of(this::core);
      case "/apis" -> Optional.of(this::named);
      case "/openapi/v2" -> Optional.of(this::openApiV2);
      case "/openapi/v3" -> Optional.of(documents().openApiV3Index());
      default ->
          switch (parts[0]) {
            case "api" -> resources(parts, 1, "");
            case "apis" ->
                parts.length == 2
                    ? documents().group(parts[1]).map(Handler.class::cast)
                    : resources(parts, 2, parts[1]);
            case "openapi" -> openApiV3(parts);
            default -> Optional.empty();
          };
    };
  }

  private Optional<Handler> resources(String[] parts, int at, String group) {
    return parts.length == at + 1
        ? documents().resources(new GroupVersion(group, parts[at])).map(Handler.class::cast)
        : Optional.empty();
  }

  /// `/openapi/v3/api/{version}` and `/openapi/v3/apis/{group}/{version}`.
  private Optional<Handler> openApiV3(String[] parts) {
    if (parts.length < 4 || !parts[1].equals("v3")) {
      return Optional.empty();
    }
    boolean core = parts[2].equals("api") && parts.length == 4;
    boolean named = parts[2].equals("apis") && parts.length == 5;
    if (!core && !named) {
      return Optional.empty();
    }
    GroupVersion version =
        core ? new GroupVersion("", parts[3]) : new GroupVersion(parts[3], parts[4]);
    return documents()
        .openApiV3(version)
        .map(document -> exchange -> byHash(exchange, version, document));
  }

  /// A document asked for by its hash never changes; by an old hash, the new one's place is told.
  private static void byHash(Exchange exchange, GroupVersion version, CachedDocument document) {
    Optional<String> hash = exchange.query("hash");
    if (hash.isPresent() && !hash.get().equals(document.hash())) {
      exchange.addHeader("Location", "/openapi/v3" + version.path() + "?hash=" + document.hash());
      exchange.respond(301, CachedDocument.JSON, new byte[0]);
      return;
    }
    if (hash.isPresent()) {
      exchange.addHeader("Cache-Control", "public, immutable");
    }
    document.handle(exchange);
  }

  private void core(Exchange exchange) {
    aggregated(exchange, true)
        .orElseGet(
            () -> CachedDocument.json(documents().coreVersions(exchange.header("Host").orElse(""))))
        .handle(exchange);
  }

  private void named(Exchange exchange) {
    aggregated(exchange, false).orElseGet(() -> documents().groupList()).handle(exchange);
  }

  /// All of discovery in one document, for clients that prefer it.
  private Optional<CachedDocument> aggregated(Exchange exchange, boolean core) {
    for (MediaType type : AcceptedTypes.of(exchange).types()) {
      String form = type.parameter("v");
      if (type.parameter("g").equals("apidiscovery.k8s.io")
          && type.parameter("as").equals("APIGroupDiscoveryList")
          && type.isJson()
          && (form.equals("v2") || form.equals("v2beta1"))) {
        return Optional.of(documents().aggregated(core, form));
      }
      if (type.isJson() && type.parameter("as").isEmpty()) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private void openApiV2(Exchange exchange) {
    for (MediaType type : AcceptedTypes.of(exchange).types()) {
      if (type.name().equals(OpenApiProtobuf.MEDIA_TYPE)
          || type.name().equals(OpenApiProtobuf.OLD_MEDIA_TYPE)) {
        documents().openApiV2Protobuf().handle(exchange);
        return;
      }
      if (type.isJson()) {
        break;
      }
    }
    documents().openApiV2().handle(exchange);
  }

  private static Handler readOnly(Handler handler) {
    return exchange -> {
      if (!READ.contains(exchange.method())) {
        throw new ApiException(
            new ApiError.MethodNotAllowed(
                "the server does not allow this method on the requested resource"));
      }
      handler.handle(exchange);
    };
  }

  private ServedDocuments documents() {
    List<Kind> now = List.copyOf(kinds.all());
    List<RemoteVersion> elsewhere = remotes.get();
    ServedDocuments known = current;
    if (known.isOf(now, elsewhere)) {
      return known;
    }
    ServedDocuments fresh = new ServedDocuments(now, elsewhere, definitions, stored);
    current = fresh;
    return fresh;
  }
}
