package dev.navarch.apiserver.discovery;

import dev.navarch.api.Kind;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.discovery.ApiGroups.GroupVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Everything that discovery and OpenAPI say of one set of kinds, each document written when it is
/// first asked for and kept as bytes. When kinds come or go, a new instance takes over.
final class ServedDocuments {
  private final ApiGroups groups;
  private final DiscoveryDocuments discovery;
  private static final Set<String> FIXED =
      Set.of(
          "/.well-known/openid-configuration",
          "/api",
          "/apis",
          "/healthz",
          "/livez",
          "/metrics",
          "/openapi/v2",
          "/openapi/v3",
          "/openid/v1/jwks",
          "/readyz",
          "/version");

  private final OpenApiDocuments openApi;
  private final Map<String, CachedDocument> written = new HashMap<>();

  ServedDocuments(
      List<Kind> kinds,
      List<RemoteVersion> remotes,
      Function<String, Optional<Schema>> definitions,
      UnaryOperator<Kind> stored) {
    this.groups = new ApiGroups(kinds, remotes);
    this.discovery = new DiscoveryDocuments(groups, stored);
    this.openApi = new OpenApiDocuments(definitions, new Descriptions());
  }

  boolean isOf(List<Kind> kinds, List<RemoteVersion> remotes) {
    return groups.kinds().equals(kinds) && groups.remotes().equals(remotes);
  }

  ObjectNode coreVersions(String serverAddress) {
    return discovery.coreVersions(serverAddress);
  }

  CachedDocument groupList() {
    return once("/apis", () -> CachedDocument.json(discovery.groupList()));
  }

  Optional<CachedDocument> group(String group) {
    return groups.named().contains(group)
        ? Optional.of(once("/apis/" + group, () -> CachedDocument.json(discovery.group(group))))
        : Optional.empty();
  }

  Optional<CachedDocument> resources(GroupVersion version) {
    return groups.all().contains(version)
        ? Optional.of(once(version.path(), () -> CachedDocument.json(discovery.resources(version))))
        : Optional.empty();
  }

  /// @param form `v2` or `v2beta1`
  CachedDocument aggregated(boolean core, String form) {
    String type = "application/json;g=apidiscovery.k8s.io;v=" + form + ";as=APIGroupDiscoveryList";
    return once(
        (core ? "/api;" : "/apis;") + form,
        () -> CachedDocument.json(type, discovery.aggregated(core, form)));
  }

  CachedDocument openApiV2() {
    return once("/openapi/v2", () -> CachedDocument.json(v2()));
  }

  CachedDocument openApiV2Protobuf() {
    return once(
        "/openapi/v2;protobuf",
        () -> CachedDocument.of(OpenApiProtobuf.MEDIA_TYPE, OpenApiProtobuf.encode(v2())));
  }

  private ObjectNode v2() {
    ObjectNode document = openApi.v2(groups.kinds());
    for (RemoteVersion remote : groups.remotes()) {
      if (!remote.openApiV2().isEmpty()) {
        RemoteOpenApi.add(document, remote.openApiV2());
      }
    }
    return document;
  }

  /// All that may be asked for, as `/` tells it.
  CachedDocument paths() {
    return once(
        "/",
        () -> {
          SortedSet<String> all = new TreeSet<>(FIXED);
          groups.all().forEach(version -> all.add(version.path()));
          groups.named().forEach(group -> all.add("/apis/" + group));
          ObjectNode document = JsonNodeFactory.instance.objectNode();
          all.forEach(document.putArray("paths")::add);
          return CachedDocument.json(document);
        });
  }

  /// Where to find the version 3 document of each group and version, with the hash of its content.
  CachedDocument openApiV3Index() {
    return once(
        "/openapi/v3",
        () -> {
          ObjectNode index = JsonNodeFactory.instance.objectNode();
          ObjectNode paths = index.putObject("paths");
          for (GroupVersion version : groups.all()) {
            String hash = openApiV3(version).orElseThrow().hash();
            paths
                .putObject(version.path().substring(1))
                .put("serverRelativeURL", "/openapi/v3" + version.path() + "?hash=" + hash);
          }
          for (RemoteVersion remote : groups.remotes()) {
            String path = "apis/" + remote.group() + "/" + remote.version();
            if (!remote.openApi().isEmpty()) {
              paths.putObject(path).put("serverRelativeURL", remote.openApi());
            }
          }
          return CachedDocument.json(index);
        });
  }

  Optional<CachedDocument> openApiV3(GroupVersion version) {
    return groups.all().contains(version)
        ? Optional.of(
            once(
                "/openapi/v3" + version.path(),
                () -> CachedDocument.json(openApi.v3(groups.in(version)))))
        : Optional.empty();
  }

  private synchronized CachedDocument once(String key, Supplier<CachedDocument> write) {
    CachedDocument known = written.get(key);
    if (known == null) {
      known = write.get();
      written.put(key, known);
    }
    return known;
  }
}
