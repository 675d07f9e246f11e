package dev.navarch.apiserver.auth;

import static dev.navarch.apiserver.auth.DefaultRoles.READ;
import static dev.navarch.apiserver.auth.DefaultRoles.role;
import static dev.navarch.apiserver.auth.DefaultRoles.rule;

import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.PolicyRuleBuilder;
import java.util.List;

/// Roles for what stands beside the control plane, and that what people install expects to be
/// there: for approvers and signers of certificates, joining nodes, provisioners of volumes.
final class SystemRoles {
  private static final String CERTIFICATES = "certificates.k8s.io";
  static final String REQUESTS = "system:certificates.k8s.io:certificatesigningrequests:";

  private SystemRoles() {}

  static List<ClusterRole> all() {
    return List.of(
        role(
            REQUESTS + "nodeclient",
            rule(CERTIFICATES, "certificatesigningrequests/nodeclient", "create")),
        role(
            REQUESTS + "selfnodeclient",
            rule(CERTIFICATES, "certificatesigningrequests/selfnodeclient", "create")),
        approver("legacy-unknown"),
        approver("kubelet-serving"),
        approver("kube-apiserver-client"),
        approver("kube-apiserver-client-kubelet"),
        role(
            "system:node-bootstrapper",
            rule(CERTIFICATES, "certificatesigningrequests", READ + " create")),
        role(
            "system:node-problem-detector",
            rule("", "nodes", "get"),
            rule("", "nodes/status", "patch"),
            rule(",events.k8s.io", "events", "create patch update")),
        role(
            "system:persistent-volume-provisioner",
            rule("", "persistentvolumes", READ + " create delete"),
            rule("", "persistentvolumeclaims", READ + " update"),
            rule("storage.k8s.io", "storageclasses", READ),
            rule("", "events", "watch"),
            rule(",events.k8s.io", "events", "create patch update")),
        role(
            "system:volume-scheduler",
            rule("", "persistentvolumes persistentvolumeclaims", READ + " patch update"),
            rule("storage.k8s.io", "storageclasses", READ)),
        role(
            "system:kube-aggregator",
            rule("", "services endpoints", READ),
            rule("discovery.k8s.io", "endpointslices", READ)));
  }

  private static ClusterRole approver(String signer) {
    return role(
        "system:certificates.k8s.io:" + signer + "-approver",
        new PolicyRuleBuilder(rule(CERTIFICATES, "signers", "approve"))
            .withResourceNames("kubernetes.io/" + signer)
            .build());
  }
}
