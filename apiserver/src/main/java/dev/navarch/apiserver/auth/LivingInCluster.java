package dev.navarch.apiserver.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.client.Cluster;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Optional;

/// Asks the API itself what exists. An object that is being deleted still counts: a pod may need
/// its token to say goodbye.
public record LivingInCluster(Cluster cluster) implements Living {

  @Override
  public Optional<String> uid(Kind kind, String namespace, String name) {
    Optional<? extends HasMetadata> object =
        switch (kind) {
          case SERVICE_ACCOUNT -> cluster.find(ServiceAccount.class, namespace, name);
          case POD -> cluster.find(Pod.class, namespace, name);
          case SECRET -> cluster.find(Secret.class, namespace, name);
          case NODE -> cluster.find(Node.class, "", name);
        };
    return object.map(found -> found.getMetadata().getUid());
  }

  @Override
  public boolean holds(String namespace, String secret, String token) {
    return cluster
        .find(Secret.class, namespace, secret)
        .filter(found -> found.getMetadata().getDeletionTimestamp() == null)
        .map(Secret::getData)
        .map(data -> data.get("token"))
        .filter(held -> isSame(held, token))
        .isPresent();
  }

  private static boolean isSame(String held, String token) {
    return MessageDigest.isEqual(
        held.getBytes(UTF_8), Base64.getEncoder().encode(token.getBytes(UTF_8)));
  }
}
