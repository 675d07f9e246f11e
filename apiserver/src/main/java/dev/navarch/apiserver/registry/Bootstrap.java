package dev.navarch.apiserver.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.auth.FrontProxy;
import dev.navarch.apiserver.auth.Pki;
import dev.navarch.apiserver.flows.DefaultFlows;
import dev.navarch.client.BootstrapToken;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/// Makes what every cluster has from its first moment: the system's namespaces, priorities and flow
/// schemas, and the Service by which pods reach the API server. Safe to run at every start; a
/// changed address is corrected.
public final class Bootstrap {
  private static final List<String> NAMESPACES =
      List.of("kube-system", "kube-public", "kube-node-lease", "default");
  private static final Map<String, Integer> SYSTEM_PRIORITIES =
      Map.of("system-cluster-critical", 2_000_000_000, "system-node-critical", 2_000_001_000);
  private static final String FLOWS = "flowcontrol.apiserver.k8s.io/v1";
  private static final String SERVICE = "kubernetes";

  /// @param serviceRange where addresses of services come from
  /// @param clusterIp the first address of it
  /// @param address where clients in the cluster reach this server
  public record Endpoint(String serviceRange, String clusterIp, String address, int port) {

    /// Whether only this machine reaches the address: it is published to nobody then.
    boolean isLocal() {
      return address.startsWith("127.") || address.equals("::1");
    }
  }

  private final Registry registry;
  private final Kinds kinds;

  public Bootstrap(Registry registry, Kinds kinds) {
    this.registry = registry;
    this.kinds = kinds;
  }

  /// @param clientCa PEM of who signs for users
  /// @param frontProxyCa PEM of who signs for front proxies
  public void run(Endpoint endpoint, String clientCa, String frontProxyCa) {
    for (String name : NAMESPACES) {
      ensure(kind("v1", "Namespace"), "", name, object -> object);
    }
    SYSTEM_PRIORITIES.forEach(
        (name, value) ->
            ensure(
                kind("scheduling.k8s.io/v1", "PriorityClass"),
                "",
                name,
                object -> priority(object, value)));
    DefaultFlows.levels(
        (name, spec) ->
            ensure(
                kind(FLOWS, "PriorityLevelConfiguration"),
                "",
                name,
                level -> DefaultFlows.renewed(level, name, spec.deepCopy())));
    DefaultFlows.schemas(
        (name, spec) ->
            ensure(
                kind(FLOWS, "FlowSchema"),
                "",
                name,
                schema -> DefaultFlows.renewed(schema, name, spec.deepCopy())));
    Kind ranges = kind("networking.k8s.io/v1", "ServiceCIDR");
    ensure(ranges, "", SERVICE, range -> range(range, endpoint));
    registry.patch(new Target(ranges, "", SERVICE), Subresource.STATUS, this::ready, false);
    ensure(kind("v1", "Service"), "default", SERVICE, service -> service(service, endpoint));
    if (!endpoint.isLocal()) {
      ensure(kind("v1", "Endpoints"), "default", SERVICE, object -> endpoints(object, endpoint));
      ensure(
          kind("discovery.k8s.io/v1", "EndpointSlice"),
          "default",
          SERVICE,
          slice -> slice(slice, endpoint));
    }
    ensure(
        kind("v1", "ConfigMap"),
        "kube-system",
        "extension-apiserver-authentication",
        map -> authentication(map, clientCa, frontProxyCa));
    publish(endpoint, clientCa);
  }

  /// What a machine that wants to join reads first, before it is anybody: where the cluster is, and
  /// by which authority it is known.
  private void publish(Endpoint endpoint, String authority) {
    ensure(
        kind("v1", "ConfigMap"),
        BootstrapToken.CLUSTER_INFO.namespace(),
        BootstrapToken.CLUSTER_INFO.name(),
        map -> clusterInfo(map, endpoint, authority));
  }

  private static ObjectNode clusterInfo(ObjectNode map, Endpoint endpoint, String authority) {
    ObjectNode data = map.get("data") instanceof ObjectNode there ? there : map.putObject("data");
    String host =
        endpoint.address().contains(":") ? "[" + endpoint.address() + "]" : endpoint.address();
    data.put(
        "kubeconfig",
        """
        apiVersion: v1
        clusters:
        - cluster:
            certificate-authority-data: %s
            server: https://%s:%d
          name: ""
        contexts: null
        current-context: ""
        kind: Config
        preferences: {}
        users: null
        """
            .formatted(
                Base64.getEncoder().encodeToString(authority.getBytes(UTF_8)),
                host,
                endpoint.port()));
    return map;
  }

  /// Whom aggregated API servers have to believe.
  private static ObjectNode authentication(ObjectNode map, String clientCa, String frontProxyCa) {
    ObjectNode data = map.get("data") instanceof ObjectNode there ? there : map.putObject("data");
    data.put("client-ca-file", clientCa)
        .put("requestheader-client-ca-file", frontProxyCa)
        .put("requestheader-allowed-names", "[\"" + Pki.FRONT_PROXY + "\"]")
        .put("requestheader-username-headers", "[\"" + FrontProxy.USER + "\"]")
        .put("requestheader-uid-headers", "[\"" + FrontProxy.UID + "\"]")
        .put("requestheader-group-headers", "[\"" + FrontProxy.GROUP + "\"]")
        .put("requestheader-extra-headers-prefix", "[\"" + FrontProxy.EXTRA + "\"]");
    return map;
  }

  private void ensure(Kind kind, String namespace, String name, UnaryOperator<ObjectNode> content) {
    Target target = new Target(kind, namespace, name);
    try {
      registry.patch(target, Subresource.NONE, content, false);
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
      ObjectNode object = Json.object();
      Metadata.of(object).set("name", name);
      registry.create(target, content.apply(object), false);
    }
  }

  private Kind kind(String apiVersion, String kind) {
    return kinds.byKind(apiVersion, kind).orElseThrow();
  }

  private static ObjectNode range(ObjectNode range, Endpoint endpoint) {
    if (!range.has("spec")) {
      range.putObject("spec").putArray("cidrs").add(endpoint.serviceRange());
    }
    return range;
  }

  private ObjectNode ready(ObjectNode range) {
    if (range.at("/status/conditions").isEmpty()) {
      range
          .putObject("status")
          .putArray("conditions")
          .addObject()
          .put("type", "Ready")
          .put("status", "True")
          .put("reason", "")
          .put("message", "Kubernetes default Service CIDR is ready")
          .put("lastTransitionTime", registry.now());
    }
    return range;
  }

  private static ObjectNode priority(ObjectNode object, int value) {
    return object
        .put("value", value)
        .put(
            "description",
            "Used for system critical pods that must not be moved from their current "
                + (value > 2_000_000_000 ? "node." : "cluster."));
  }

  private static ObjectNode service(ObjectNode service, Endpoint endpoint) {
    label(service, "component", "apiserver");
    label(service, "provider", "kubernetes");
    if (!service.has("spec")) {
      ObjectNode spec = service.putObject("spec").put("type", "ClusterIP");
      spec.put("clusterIP", endpoint.clusterIp());
      spec.putArray("clusterIPs").add(endpoint.clusterIp());
      spec.putArray("ports")
          .addObject()
          .put("name", "https")
          .put("protocol", "TCP")
          .put("port", 443)
          .put("targetPort", endpoint.port());
    }
    return service;
  }

  private static ObjectNode endpoints(ObjectNode endpoints, Endpoint endpoint) {
    label(endpoints, "endpointslice.kubernetes.io/skip-mirror", "true");
    ObjectNode subset = endpoints.putArray("subsets").addObject();
    subset.putArray("addresses").addObject().put("ip", endpoint.address());
    port(subset.putArray("ports").addObject(), endpoint);
    return endpoints;
  }

  private static ObjectNode slice(ObjectNode slice, Endpoint endpoint) {
    label(slice, "kubernetes.io/service-name", SERVICE);
    slice.put("addressType", endpoint.address().contains(":") ? "IPv6" : "IPv4");
    ObjectNode one = slice.putArray("endpoints").addObject();
    one.putArray("addresses").add(endpoint.address());
    one.putObject("conditions").put("ready", true);
    port(slice.putArray("ports").addObject(), endpoint);
    return slice;
  }

  private static void port(ObjectNode port, Endpoint endpoint) {
    port.put("name", "https").put("port", endpoint.port()).put("protocol", "TCP");
  }

  private static void label(ObjectNode object, String key, String value) {
    ObjectNode metadata = Metadata.of(object).fields();
    ObjectNode labels =
        metadata.get("labels") instanceof ObjectNode there ? there : metadata.putObject("labels");
    labels.put(key, value);
  }
}
