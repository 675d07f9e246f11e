package dev.navarch.apiserver.kinds;

import dev.navarch.api.ApiError;
import dev.navarch.api.BuiltInKinds;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/// Every built-in kind that has rules beyond its schema; all others have the default ones. Custom
/// kinds and their definitions have theirs in the package `custom`.
public final class KindRulesList {
  private static final KindRules DEFAULT = new KindRules() {};
  private static final Map<String, KindRules> ALL = all();

  private KindRulesList() {}

  public static KindRules rulesFor(String group, String kind) {
    return ALL.getOrDefault(key(group, kind), DEFAULT);
  }

  /// The fields by which objects can be chosen, for each resource, and how to read them.
  public static Function<ApiError.Resource, Map<String, Function<JsonNode, String>>>
      selectableFields(BuiltInKinds kinds) {
    Map<ApiError.Resource, Map<String, Function<JsonNode, String>>> fields = new HashMap<>();
    kinds
        .all()
        .forEach(
            kind ->
                fields.put(
                    kind.resource(), rulesFor(kind.group(), kind.kind()).selectableFields()));
    return resource -> fields.getOrDefault(resource, Map.of());
  }

  private static String key(String group, String kind) {
    return group + "/" + kind;
  }

  private static Map<String, KindRules> all() {
    Map<String, KindRules> all = new HashMap<>();
    in("", core()).forEach(all::put);
    in("apps", apps()).forEach(all::put);
    in("batch", Map.of("Job", new Jobs(), "CronJob", new CronJobs())).forEach(all::put);
    in("autoscaling", Map.of("HorizontalPodAutoscaler", new HorizontalPodAutoscalers()))
        .forEach(all::put);
    in("policy", Map.of("PodDisruptionBudget", new PodDisruptionBudgets())).forEach(all::put);
    in("networking.k8s.io", networking()).forEach(all::put);
    in("storage.k8s.io", storage()).forEach(all::put);
    in("rbac.authorization.k8s.io", rbac()).forEach(all::put);
    in("admissionregistration.k8s.io", admission()).forEach(all::put);
    in("resource.k8s.io", devices()).forEach(all::put);
    in("flowcontrol.apiserver.k8s.io", flows()).forEach(all::put);
    in("discovery.k8s.io", Map.of("EndpointSlice", new EndpointSlices())).forEach(all::put);
    in("coordination.k8s.io", Map.of("Lease", new Leases())).forEach(all::put);
    in("events.k8s.io", Map.of("Event", new Events())).forEach(all::put);
    in("node.k8s.io", Map.of("RuntimeClass", new RuntimeClasses())).forEach(all::put);
    in("apiregistration.k8s.io", Map.of("APIService", new ApiServices())).forEach(all::put);
    in("scheduling.k8s.io", Map.of("PriorityClass", new PriorityClasses())).forEach(all::put);
    in("metrics.k8s.io", Map.of("NodeMetrics", new Metrics(), "PodMetrics", new Metrics()))
        .forEach(all::put);
    in("certificates.k8s.io", Map.of("CertificateSigningRequest", new CertificateSigningRequests()))
        .forEach(all::put);
    return Map.copyOf(all);
  }

  private static Map<String, KindRules> in(String group, Map<String, KindRules> kinds) {
    Map<String, KindRules> keyed = new HashMap<>();
    kinds.forEach((kind, rules) -> keyed.put(key(group, kind), rules));
    return keyed;
  }

  private static Map<String, KindRules> core() {
    return Map.ofEntries(
        Map.entry("Pod", new Pods()),
        Map.entry("ComponentStatus", PlainKinds.componentStatuses()),
        Map.entry("PodTemplate", PlainKinds.podTemplates()),
        Map.entry("ReplicationController", new ReplicationControllers()),
        Map.entry("Service", new Services()),
        Map.entry("Endpoints", new Endpoints()),
        Map.entry("Node", new Nodes()),
        Map.entry("Namespace", new Namespaces()),
        Map.entry("ServiceAccount", new ServiceAccounts()),
        Map.entry("Secret", new Secrets()),
        Map.entry("ConfigMap", new ConfigMaps()),
        Map.entry("Event", new Events()),
        Map.entry("PersistentVolume", new PersistentVolumes()),
        Map.entry("PersistentVolumeClaim", new PersistentVolumeClaims()),
        Map.entry("ResourceQuota", new ResourceQuotas()),
        Map.entry("LimitRange", new LimitRanges()));
  }

  private static Map<String, KindRules> apps() {
    return Map.of(
        "Deployment", new Deployments(),
        "ReplicaSet", new ReplicaSets(),
        "StatefulSet", new StatefulSets(),
        "DaemonSet", new DaemonSets(),
        "ControllerRevision", new ControllerRevisions());
  }

  private static Map<String, KindRules> networking() {
    return Map.of(
        "Ingress", new Ingresses(),
        "IngressClass", new IngressClasses(),
        "NetworkPolicy", new NetworkPolicies(),
        "IPAddress", new IpAddresses(),
        "ServiceCIDR", new ServiceCidrs());
  }

  private static Map<String, KindRules> storage() {
    return Map.of(
        "StorageClass", new StorageClasses(),
        "CSIDriver", new CsiDrivers(),
        "CSINode", new CsiNodes(),
        "CSIStorageCapacity", PlainKinds.csiStorageCapacities(),
        "VolumeAttachment", new VolumeAttachments(),
        "VolumeAttributesClass", new VolumeAttributesClasses());
  }

  private static Map<String, KindRules> rbac() {
    return Map.of(
        "Role", new Roles(true),
        "ClusterRole", new Roles(false),
        "RoleBinding", new RoleBindings(List.of("Role", "ClusterRole")),
        "ClusterRoleBinding", new RoleBindings(List.of("ClusterRole")));
  }

  private static Map<String, KindRules> admission() {
    return Map.of(
        "MutatingWebhookConfiguration",
        new Webhooks(true),
        "ValidatingWebhookConfiguration",
        new Webhooks(false),
        "ValidatingAdmissionPolicy",
        new AdmissionPolicies(false),
        "ValidatingAdmissionPolicyBinding",
        new AdmissionPolicyBindings(false),
        "MutatingAdmissionPolicy",
        new AdmissionPolicies(true),
        "MutatingAdmissionPolicyBinding",
        new AdmissionPolicyBindings(true));
  }

  private static Map<String, KindRules> devices() {
    return Map.of(
        "DeviceClass",
        new DeviceClasses(),
        "ResourceClaim",
        ResourceClaims.claims(),
        "ResourceClaimTemplate",
        ResourceClaims.templates(),
        "ResourceSlice",
        new ResourceSlices());
  }

  private static Map<String, KindRules> flows() {
    return Map.of(
        "FlowSchema", new FlowSchemas(),
        "PriorityLevelConfiguration", new PriorityLevels());
  }
}
