package dev.navarch.apiserver.discovery;

import dev.navarch.api.Kind;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.discovery.ApiGroups.GroupVersion;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Everything that discovery and OpenAPI say of one set of kinds, each document written when it is
/// first asked for and kept as bytes. When kinds come or go, a new instance takes over.
final class ServedDocuments {
  private final ApiGroups groups;
  private final DiscoveryDocuments discovery;
  private final OpenApiDocuments openApi;
  private final Map<String, CachedDocument> written = new HashMap<>();

  ServedDocuments(
      List<Kind> kinds,
      List<RemoteVersion> remotes,
      Function<String, Optional<Schema>> definitions) {
    this.groups = new ApiGroups(kinds, remotes);
    this.discovery = new DiscoveryDocuments(groups);
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
    return once("/openapi/v2", () -> CachedDocument.json(openApi.v2(groups.kinds())));
  }

  CachedDocument openApiV2Protobuf() {
    return once(
        "/openapi/v2;protobuf",
        () ->
            CachedDocument.of(
                OpenApiProtobuf.MEDIA_TYPE, OpenApiProtobuf.encode(openApi.v2(groups.kinds()))));
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
