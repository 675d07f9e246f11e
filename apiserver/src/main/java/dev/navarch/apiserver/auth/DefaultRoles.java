package dev.navarch.apiserver.auth;

import dev.navarch.client.BootstrapToken;
import dev.navarch.client.Cluster;
import io.fabric8.kubernetes.api.model.LabelSelectorBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/// The cluster roles and bindings that every cluster starts with, by upstream's names: for people
/// (`admin`, `edit`, `view`), for system components, and for what anybody may see. What is missing
/// of them is brought back at every start.
public final class DefaultRoles {
  static final String READ = "get list watch";
  private static final String WRITE = "create update patch delete deletecollection";
  private static final String ALL = READ + " " + WRITE;
  private static final String AGGREGATE = "rbac.authorization.k8s.io/aggregate-to-";
  private static final String RBAC = "rbac.authorization.k8s.io";

  private DefaultRoles() {}

  public static void ensure(Cluster cluster) {
    var reconciliation = new RoleReconciliation(cluster);
    roles().forEach(reconciliation::ensure);
    SystemRoles.all().forEach(reconciliation::ensure);
    bindings().forEach(reconciliation::ensure);
    ClusterInfoReaders.ensure(cluster);
  }

  /// What every node may do; the node authorizer grants the rest by what runs there.
  public static List<PolicyRule> nodeRules() {
    return List.of(
        rule("authentication.k8s.io", "tokenreviews", "create"),
        rule("authorization.k8s.io", "subjectaccessreviews localsubjectaccessreviews", "create"),
        rule("", "services", READ),
        rule("", "nodes", READ + " create update patch"),
        rule("", "nodes/status", "update patch"),
        rule(",events.k8s.io", "events", "create update patch"),
        rule("", "pods", READ + " create delete"),
        rule("", "pods/status", "update patch"),
        rule("", "pods/eviction", "create"),
        rule("", "endpoints", "get"),
        rule("certificates.k8s.io", "certificatesigningrequests", READ + " create"),
        rule("certificates.k8s.io", "clustertrustbundles", READ),
        rule("coordination.k8s.io", "leases", "get create update patch delete"),
        rule("storage.k8s.io", "csidrivers", READ),
        rule("storage.k8s.io", "csinodes", "get create update patch delete"),
        rule("resource.k8s.io", "resourceslices", READ + " create update patch delete"),
        rule("node.k8s.io", "runtimeclasses", READ));
  }

  static List<ClusterRole> roles() {
    return List.of(
        role("cluster-admin", rule("*", "*", "*"), path("*", "*")),
        aggregated("admin", ""),
        aggregated("edit", "admin"),
        aggregated("view", "edit"),
        part("admin", adminRules()),
        part("edit", editRules()),
        part("view", viewRules()),
        role(
            "system:basic-user",
            rule(
                "authorization.k8s.io",
                "selfsubjectaccessreviews selfsubjectrulesreviews",
                "create"),
            rule("authentication.k8s.io", "selfsubjectreviews", "create")),
        role(
            "system:discovery",
            path(
                "/api /api/* /apis /apis/* /healthz /livez /openapi /openapi/* /readyz /version"
                    + " /version/",
                "get")),
        role(
            "system:public-info-viewer", path("/healthz /livez /readyz /version /version/", "get")),
        role(
            "system:monitoring",
            path(
                "/healthz /healthz/* /livez /livez/* /metrics /metrics/slis /readyz /readyz/*",
                "get")),
        role(
            "system:service-account-issuer-discovery",
            path("/.well-known/openid-configuration /openid/v1/jwks", "get")),
        role(
            "system:auth-delegator",
            rule("authentication.k8s.io", "tokenreviews", "create"),
            rule("authorization.k8s.io", "subjectaccessreviews", "create")),
        role(
            "system:kubelet-api-admin",
            rule("", "nodes", READ + " proxy"),
            rule("", "nodes/log nodes/metrics nodes/proxy nodes/stats", "*")),
        metricsReader(),
        role("system:node", nodeRules().toArray(PolicyRule[]::new)),
        role(
            "system:node-proxier",
            rule("", "endpoints services", "list watch"),
            rule("", "nodes", READ),
            rule("discovery.k8s.io", "endpointslices", "list watch"),
            rule(",events.k8s.io", "events", "create update patch")),
        role("system:kube-dns", rule("", "endpoints services", "list watch")),
        role("system:kube-scheduler", schedulerRules()),
        role("system:kube-controller-manager", controllerRules()));
  }

  private static PolicyRule[] adminRules() {
    return new PolicyRule[] {
      rule("authorization.k8s.io", "localsubjectaccessreviews", "create"),
      rule(RBAC, "roles rolebindings", ALL)
    };
  }

  private static PolicyRule[] editRules() {
    return new PolicyRule[] {
      rule("", "pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy", ALL),
      rule("", "serviceaccounts", WRITE + " impersonate"),
      rule("", "serviceaccounts/token pods/eviction", "create"),
      rule(
          "",
          "pods configmaps events persistentvolumeclaims replicationcontrollers"
              + " replicationcontrollers/scale services",
          WRITE),
      rule(
          "apps",
          "daemonsets deployments deployments/rollback deployments/scale replicasets"
              + " replicasets/scale statefulsets statefulsets/scale",
          WRITE),
      rule("autoscaling", "horizontalpodautoscalers", WRITE),
      rule("batch", "cronjobs jobs", WRITE),
      rule("policy", "poddisruptionbudgets", WRITE),
      rule("networking.k8s.io", "ingresses networkpolicies", WRITE),
      rule("resource.k8s.io", "resourceclaims resourceclaimtemplates", WRITE),
      rule("coordination.k8s.io", "leases", ALL)
    };
  }

  private static PolicyRule[] viewRules() {
    return new PolicyRule[] {
      rule(
          "",
          "bindings configmaps endpoints events limitranges namespaces namespaces/status"
              + " persistentvolumeclaims persistentvolumeclaims/status pods pods/log pods/status"
              + " replicationcontrollers replicationcontrollers/scale replicationcontrollers/status"
              + " resourcequotas resourcequotas/status serviceaccounts services services/status",
          READ),
      rule("discovery.k8s.io", "endpointslices", READ),
      rule(
          "apps",
          "controllerrevisions daemonsets daemonsets/status deployments deployments/scale"
              + " deployments/status replicasets replicasets/scale replicasets/status statefulsets"
              + " statefulsets/scale statefulsets/status",
          READ),
      rule("autoscaling", "horizontalpodautoscalers horizontalpodautoscalers/status", READ),
      rule("batch", "cronjobs cronjobs/status jobs jobs/status", READ),
      rule("policy", "poddisruptionbudgets poddisruptionbudgets/status", READ),
      rule("networking.k8s.io", "ingresses ingresses/status networkpolicies", READ),
      rule("resource.k8s.io", "resourceclaims resourceclaims/status resourceclaimtemplates", READ)
    };
  }

  private static PolicyRule[] schedulerRules() {
    return new PolicyRule[] {
      rule(",events.k8s.io", "events", "create update patch"),
      rule("coordination.k8s.io", "leases", READ + " create update"),
      rule("", "nodes namespaces replicationcontrollers services", READ),
      rule("", "persistentvolumeclaims persistentvolumes", READ),
      rule("", "pods", READ + " delete"),
      rule("", "bindings pods/binding", "create"),
      rule("", "pods/status", "update patch"),
      rule("apps", "replicasets statefulsets", READ),
      rule("policy", "poddisruptionbudgets", READ),
      rule("storage.k8s.io", "csinodes csidrivers csistoragecapacities storageclasses", READ),
      rule("resource.k8s.io", "deviceclasses resourceslices", READ),
      rule("resource.k8s.io", "resourceclaims", READ + " update patch"),
      rule("resource.k8s.io", "resourceclaims/status", "update patch"),
      rule("authentication.k8s.io", "tokenreviews", "create"),
      rule("authorization.k8s.io", "subjectaccessreviews", "create")
    };
  }

  /// One identity runs all controllers, so it holds what upstream spreads over a role for each.
  private static PolicyRule[] controllerRules() {
    return new PolicyRule[] {rule("*", "*", "*"), path("*", "*")};
  }

  static List<ClusterRoleBinding> bindings() {
    return List.of(
        binding("cluster-admin", "cluster-admin", "Group", "system:masters"),
        binding("system:basic-user", "system:basic-user", "Group", "system:authenticated"),
        binding("system:discovery", "system:discovery", "Group", "system:authenticated"),
        binding(
            "system:public-info-viewer",
            "system:public-info-viewer",
            "Group",
            "system:authenticated",
            "system:unauthenticated"),
        binding("system:monitoring", "system:monitoring", "Group", "system:monitoring"),
        binding(
            "system:service-account-issuer-discovery",
            "system:service-account-issuer-discovery",
            "Group",
            "system:serviceaccounts"),
        binding("system:node-proxier", "system:node-proxier", "User", "system:kube-proxy"),
        binding("navarch:node-proxier", "system:node-proxier", "Group", "system:nodes"),
        binding(
            "kubeadm:kubelet-bootstrap",
            "system:node-bootstrapper",
            "Group",
            BootstrapToken.JOINING),
        binding(
            "kubeadm:node-autoapprove-bootstrap",
            SystemRoles.REQUESTS + "nodeclient",
            "Group",
            BootstrapToken.JOINING),
        binding(
            "kubeadm:node-autoapprove-certificate-rotation",
            SystemRoles.REQUESTS + "selfnodeclient",
            "Group",
            "system:nodes"),
        binding("system:kube-scheduler", "system:kube-scheduler", "User", "system:kube-scheduler"),
        binding(
            "system:volume-scheduler", "system:volume-scheduler", "User", "system:kube-scheduler"),
        binding(
            "system:kube-controller-manager",
            "system:kube-controller-manager",
            "User",
            "system:kube-controller-manager"));
  }

  static ClusterRole role(String name, PolicyRule... rules) {
    return started(name, Map.of()).withRules(rules).build();
  }

  private static ClusterRole part(String of, PolicyRule... rules) {
    return started("system:aggregate-to-" + of, Map.of(AGGREGATE + of, "true"))
        .withRules(rules)
        .build();
  }

  /// Who may see an object may see what it uses: `kubectl top`.
  private static ClusterRole metricsReader() {
    return started(
            "system:aggregated-metrics-reader",
            Map.of(
                AGGREGATE + "view",
                "true",
                AGGREGATE + "edit",
                "true",
                AGGREGATE + "admin",
                "true"))
        .withRules(rule("metrics.k8s.io", "nodes pods", READ))
        .build();
  }

  private static ClusterRole aggregated(String name, String into) {
    return started(name, into.isEmpty() ? Map.of() : Map.of(AGGREGATE + into, "true"))
        .withNewAggregationRule()
        .withClusterRoleSelectors(
            new LabelSelectorBuilder().addToMatchLabels(AGGREGATE + name, "true").build())
        .endAggregationRule()
        .build();
  }

  private static ClusterRoleBuilder started(String name, Map<String, String> labels) {
    return new ClusterRoleBuilder()
        .withNewMetadata()
        .withName(name)
        .addToLabels("kubernetes.io/bootstrapping", "rbac-defaults")
        .addToLabels(labels)
        .addToAnnotations(RoleReconciliation.AUTOUPDATE, "true")
        .endMetadata();
  }

  private static ClusterRoleBinding binding(
      String name, String role, String subjectKind, String... subjects) {
    var builder =
        new ClusterRoleBindingBuilder()
            .withNewMetadata()
            .withName(name)
            .addToLabels("kubernetes.io/bootstrapping", "rbac-defaults")
            .addToAnnotations(RoleReconciliation.AUTOUPDATE, "true")
            .endMetadata()
            .withNewRoleRef(RBAC, "ClusterRole", role);
    for (String subject : subjects) {
      builder = builder.addNewSubject(RBAC, subjectKind, subject, null);
    }
    return builder.build();
  }

  /// Groups are separated by commas (the core group is empty), resources and verbs by spaces.
  static PolicyRule rule(String groups, String resources, String verbs) {
    return new PolicyRuleBuilder()
        .withApiGroups(groups.split(",", -1))
        .withResources(resources.split(" "))
        .withVerbs(Arrays.asList(verbs.split(" ")))
        .build();
  }

  private static PolicyRule path(String paths, String verbs) {
    return new PolicyRuleBuilder()
        .withNonResourceURLs(paths.split(" "))
        .withVerbs(verbs.split(" "))
        .build();
  }
}
