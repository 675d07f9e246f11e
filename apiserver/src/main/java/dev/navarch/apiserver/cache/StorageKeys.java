package dev.navarch.apiserver.cache;

import static java.util.stream.Collectors.toMap;

import dev.navarch.api.ApiError.Resource;
import dev.navarch.api.Kind;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/// Where objects stand in the store, said in this one place: where upstream has them, for example
/// `/registry/pods/default/web-0`, `/registry/deployments/default/web`, `/registry/minions/node-1`
/// or `/registry/example.com/widgets/default/w`. Versions of a kind share their objects, so the
/// version is no part of a key.
public final class StorageKeys {
  /// What every object's key begins with.
  public static final String ROOT = "/registry/";

  /// Resources that stand under another name than their own, for historical reasons.
  private static final Map<Resource, String> RENAMED =
      Map.of(
          new Resource("", "replicationcontrollers"), "controllers",
          new Resource("", "endpoints"), "services/endpoints",
          new Resource("", "nodes"), "minions",
          new Resource("", "services"), "services/specs",
          new Resource("networking.k8s.io", "ingresses"), "ingress");

  /// Groups that stand under their name, as those of custom resources do.
  private static final Set<String> NAMED = Set.of("apiextensions.k8s.io", "apiregistration.k8s.io");

  /// The resources of the other built-in groups: their groups are no part of their keys.
  private static final Map<String, String> GROUPS =
      groups(
          """
          admissionregistration.k8s.io mutatingadmissionpolicies mutatingadmissionpolicybindings \
          mutatingwebhookconfigurations validatingadmissionpolicies \
          validatingadmissionpolicybindings validatingwebhookconfigurations
          apps controllerrevisions daemonsets deployments replicasets statefulsets
          autoscaling horizontalpodautoscalers
          batch cronjobs jobs
          certificates.k8s.io certificatesigningrequests
          coordination.k8s.io leases
          discovery.k8s.io endpointslices
          flowcontrol.apiserver.k8s.io flowschemas prioritylevelconfigurations
          networking.k8s.io ingressclasses ipaddresses networkpolicies servicecidrs
          node.k8s.io runtimeclasses
          policy poddisruptionbudgets
          rbac.authorization.k8s.io clusterrolebindings clusterroles rolebindings roles
          resource.k8s.io deviceclasses resourceclaims resourceclaimtemplates resourceslices
          scheduling.k8s.io priorityclasses
          storage.k8s.io csidrivers csinodes csistoragecapacities storageclasses \
          volumeattachments volumeattributesclasses
          """);

  private static final Map<String, Resource> BY_NAME =
      RENAMED.entrySet().stream().collect(toMap(Map.Entry::getValue, Map.Entry::getKey));

  private StorageKeys() {}

  private static Map<String, String> groups(String lines) {
    Map<String, String> groups = new HashMap<>();
    lines
        .lines()
        .map(line -> line.split(" ", -1))
        .forEach(line -> Stream.of(line).skip(1).forEach(plural -> groups.put(plural, line[0])));
    return groups;
  }

  /// What the keys of all objects of a kind begin with; ends in a slash.
  public static String prefix(Kind kind) {
    Resource resource = kind.resource();
    String name =
        kind.isCustom() || NAMED.contains(kind.group())
            ? kind.group() + "/" + kind.plural()
            : RENAMED.getOrDefault(resource, kind.plural());
    return ROOT + name + "/";
  }

  /// @param namespace empty for all, and for kinds that belong to the whole cluster
  public static String prefix(Kind kind, String namespace) {
    String all = prefix(kind);
    return namespace.isEmpty() || !kind.namespaced() ? all : all + namespace + "/";
  }

  /// The part of an object's key that is its resource's {@link #prefix(Kind)}.
  static String prefix(String key) {
    int first = key.indexOf('/', ROOT.length());
    String name = key.substring(ROOT.length(), first);
    boolean two = name.equals("services") || name.indexOf('.') >= 0;
    return key.substring(0, (two ? key.indexOf('/', first + 1) : first) + 1);
  }

  public static String key(Kind kind, String namespace, String name) {
    return prefix(kind, namespace) + name;
  }

  /// The first key beyond all that begin with `prefix`.
  public static String end(String prefix) {
    int last = prefix.length() - 1;
    return prefix.substring(0, last) + (char) (prefix.charAt(last) + 1);
  }

  /// The first key beyond `key`: where a list goes on.
  public static String after(String key) {
    return key + '\0';
  }

  /// The resource that a key below {@link #ROOT} belongs to.
  public static Resource resource(String key) {
    String prefix = prefix(key);
    String name = prefix.substring(ROOT.length(), prefix.length() - 1);
    Resource renamed = BY_NAME.get(name);
    if (renamed != null) {
      return renamed;
    }
    int slash = name.indexOf('/');
    return slash < 0
        ? new Resource(GROUPS.getOrDefault(name, ""), name)
        : new Resource(name.substring(0, slash), name.substring(slash + 1));
  }
}
