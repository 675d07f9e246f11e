package dev.navarch.apiserver.discovery;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.Kind;
import dev.navarch.apiserver.discovery.ApiGroups.GroupVersion;
import dev.navarch.apiserver.discovery.Subresources.Subresource;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// What is served, one document for each group and version (`APIGroup`, `APIResourceList`), or all
/// of it in one (`APIGroupDiscoveryList`), which newer clients ask for.
///
/// @param stored the version in which objects of a kind are stored
record DiscoveryDocuments(ApiGroups groups, UnaryOperator<Kind> stored) {
  /// Kinds that are computed, and never stored.
  private static final Set<String> COMPUTED = Set.of("ComponentStatus");

  /// What `/api` answers.
  ObjectNode coreVersions(String serverAddress) {
    ObjectNode document = document("APIVersions", "");
    ArrayNode versions = document.putArray("versions");
    groups.versions("").forEach(version -> versions.add(version.version()));
    document
        .putArray("serverAddressByClientCIDRs")
        .addObject()
        .put("clientCIDR", "0.0.0.0/0")
        .put("serverAddress", serverAddress);
    return document;
  }

  /// What `/apis` answers.
  ObjectNode groupList() {
    ObjectNode document = document("APIGroupList", "v1");
    ArrayNode list = document.putArray("groups");
    groups.named().forEach(group -> describe(list.addObject(), group));
    return document;
  }

  /// What `/apis/{group}` answers.
  ObjectNode group(String group) {
    return describe(document("APIGroup", "v1"), group);
  }

  private ObjectNode describe(ObjectNode target, String group) {
    List<GroupVersion> versions = groups.versions(group);
    target.put("name", group);
    ArrayNode list = target.putArray("versions");
    versions.forEach(version -> describe(list.addObject(), version));
    describe(target.putObject("preferredVersion"), versions.getFirst());
    return target;
  }

  private static void describe(ObjectNode target, GroupVersion version) {
    target.put("groupVersion", version.toString()).put("version", version.version());
  }

  /// What `/api/{version}` and `/apis/{group}/{version}` answer.
  ObjectNode resources(GroupVersion version) {
    ObjectNode document = document("APIResourceList", "v1");
    document.put("groupVersion", version.toString());
    ArrayNode resources = document.putArray("resources");
    for (Kind kind : groups.in(version)) {
      ObjectNode resource = resources.addObject();
      resource
          .put("name", kind.plural())
          .put("singularName", kind.singular())
          .put("namespaced", kind.namespaced())
          .put("kind", kind.kind());
      strings(resource, "verbs", kind.verbs().stream().sorted().toList());
      strings(resource, "shortNames", kind.shortNames());
      strings(resource, "categories", kind.categories());
      if (kind.verbs().contains("get") && !COMPUTED.contains(kind.kind())) {
        resource.put("storageVersionHash", hash(stored.apply(kind)));
      }
      for (Subresource each : Subresources.of(kind)) {
        ObjectNode subresource = resources.addObject();
        subresource
            .put("name", kind.plural() + "/" + each.name())
            .put("singularName", "")
            .put("namespaced", kind.namespaced());
        if (!isIn(version, each)) {
          subresource.put("group", each.group()).put("version", each.version());
        }
        subresource.put("kind", each.kind());
        strings(subresource, "verbs", each.verbs());
      }
    }
    return document;
  }

  /// Tells clients when objects begin to be stored in another version: upstream's hash, so that it
  /// says the same of the same version.
  private static String hash(Kind stored) {
    String version = stored.group() + "/" + stored.version() + "/" + stored.kind();
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(version.getBytes(UTF_8));
      return Base64.getEncoder().encodeToString(Arrays.copyOf(digest, 8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java runtime has SHA-256", e);
    }
  }

  /// All resources of the core group, or of every other group.
  ///
  /// @param form `v2` or `v2beta1`: the same content
  ObjectNode aggregated(boolean core, String form) {
    ObjectNode document = document("APIGroupDiscoveryList", "apidiscovery.k8s.io/" + form);
    document.putObject("metadata");
    ArrayNode items = document.putArray("items");
    for (String group : core ? List.of("") : groups.named()) {
      ObjectNode item = items.addObject();
      item.putObject("metadata").put("name", group).putNull("creationTimestamp");
      ArrayNode versions = item.putArray("versions");
      for (GroupVersion version : groups.versions(group)) {
        ObjectNode listed = versions.addObject().put("version", version.version());
        ArrayNode resources = listed.putArray("resources");
        Optional<RemoteVersion> remote = groups.remote(version);
        if (remote.isPresent()) {
          RemoteResources.aggregate(resources, version, remote.get().resources());
        } else {
          groups.in(version).forEach(kind -> aggregate(resources.addObject(), version, kind));
        }
        boolean current = remote.map(RemoteVersion::available).orElse(true);
        listed.put("freshness", current ? "Current" : "Stale");
      }
    }
    return document;
  }

  private static void aggregate(ObjectNode resource, GroupVersion version, Kind kind) {
    resource.put("resource", kind.plural());
    responseKind(resource, "", "", kind.kind());
    resource
        .put("scope", kind.namespaced() ? "Namespaced" : "Cluster")
        .put("singularResource", kind.singular());
    strings(resource, "verbs", kind.verbs().stream().sorted().toList());
    strings(resource, "shortNames", kind.shortNames());
    strings(resource, "categories", kind.categories());
    List<Subresource> subresources = Subresources.of(kind);
    if (!subresources.isEmpty()) {
      ArrayNode list = resource.putArray("subresources");
      for (Subresource each : subresources) {
        ObjectNode subresource = list.addObject().put("subresource", each.name());
        boolean here = isIn(version, each);
        responseKind(
            subresource, here ? "" : each.group(), here ? "" : each.version(), each.kind());
        strings(subresource, "verbs", each.verbs());
      }
    }
  }

  private static void responseKind(ObjectNode target, String group, String version, String kind) {
    target.putObject("responseKind").put("group", group).put("version", version).put("kind", kind);
  }

  private static boolean isIn(GroupVersion version, Subresource subresource) {
    return subresource.group().equals(version.group())
        && subresource.version().equals(version.version());
  }

  private static void strings(ObjectNode target, String field, Collection<String> values) {
    if (!values.isEmpty()) {
      ArrayNode array = target.putArray(field);
      values.forEach(array::add);
    }
  }

  private static ObjectNode document(String kind, String apiVersion) {
    ObjectNode document = JsonNodeFactory.instance.objectNode().put("kind", kind);
    return apiVersion.isEmpty() ? document : document.put("apiVersion", apiVersion);
  }
}
