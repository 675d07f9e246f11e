package dev.navarch.apiserver.auth;

import dev.navarch.api.ApiException;
import dev.navarch.client.BootstrapToken;
import dev.navarch.client.Cluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.RoleBuilder;

/// Lets anybody read who the cluster is, before they are somebody: by the role that kubeadm makes.
/// An administrator may change it; only what is missing is made.
final class ClusterInfoReaders {
  private static final String NAME = "kubeadm:bootstrap-signer-clusterinfo";
  private static final String RBAC = "rbac.authorization.k8s.io";

  private ClusterInfoReaders() {}

  static void ensure(Cluster cluster) {
    String namespace = BootstrapToken.CLUSTER_INFO.namespace();
    create(
        cluster,
        new RoleBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(NAME)
            .endMetadata()
            .addNewRule()
            .withApiGroups("")
            .withResources("configmaps")
            .withResourceNames(BootstrapToken.CLUSTER_INFO.name())
            .withVerbs("get")
            .endRule()
            .build());
    create(
        cluster,
        new RoleBindingBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(NAME)
            .endMetadata()
            .withNewRoleRef(RBAC, "Role", NAME)
            .addNewSubject(RBAC, "User", User.ANONYMOUS.name(), null)
            .build());
  }

  private static void create(Cluster cluster, HasMetadata object) {
    try {
      cluster.create(object);
    } catch (ApiException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
    }
  }
}
