package dev.navarch.controllers;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// Fills the Secrets that somebody made to hold a service account's token, and removes those whose
/// service account is gone.
final class ServiceAccountTokenController implements Reconciler<GenericKubernetesResource> {
  private static final Resource<ServiceAccount> ACCOUNTS = Resource.of(ServiceAccount.class);
  static final String TYPE = "kubernetes.io/service-account-token";

  /// Apart from other Secrets, so that its cache can be narrowed to those of the type.
  static final Resource<GenericKubernetesResource> SECRETS =
      Resource.generic("", "v1", "Secret", "secrets", true);

  private static final String NAME = "kubernetes.io/service-account.name";
  private static final String UID = "kubernetes.io/service-account.uid";

  private final Lister<GenericKubernetesResource> secrets;
  private final Lister<ServiceAccount> accounts;
  private final Cluster cluster;
  private final ClusterAuthority authority;

  private ServiceAccountTokenController(Informers on, Cluster cluster, ClusterAuthority authority) {
    this.secrets = on.lister(SECRETS);
    this.accounts = on.lister(ACCOUNTS);
    this.cluster = cluster;
    this.authority = authority;
  }

  static Controller register(Informers on, Cluster cluster, ClusterAuthority authority) {
    var reconciler = new ServiceAccountTokenController(on, cluster, authority);
    return Controller.of(SECRETS, reconciler)
        .name("serviceaccount-token")
        .watches(ServiceAccount.class, reconciler::of);
  }

  private Stream<Key> of(ServiceAccount account) {
    String name = account.getMetadata().getName();
    return secrets
        .in(account.getMetadata().getNamespace())
        .filter(secret -> name.equals(annotation(secret, NAME)))
        .map(Key::of);
  }

  @Override
  public Result reconcile(GenericKubernetesResource seen) {
    Secret secret = Objects.convert(Objects.tree(seen), Secret.class);
    if (!isToken(secret) || Pods.isDeleting(secret)) {
      return Result.done();
    }
    Key key = new Key(secret.getMetadata().getNamespace(), annotation(secret, NAME));
    Optional<ServiceAccount> account =
        accounts.find(key).or(() -> cluster.find(ACCOUNTS, key)).filter(one -> isOf(secret, one));
    if (account.isPresent()) {
      fill(secret, account.get());
    } else {
      drop(secret);
    }
    return Result.done();
  }

  private void fill(Secret secret, ServiceAccount account) {
    String namespace = secret.getMetadata().getNamespace();
    String uid = account.getMetadata().getUid();
    Secret changed = Objects.copy(secret);
    Map<String, String> annotations = new HashMap<>(Pods.annotations(secret));
    annotations.put(UID, uid);
    changed.getMetadata().setAnnotations(annotations);
    Map<String, String> data =
        secret.getData() == null ? new HashMap<>() : new HashMap<>(secret.getData());
    data.put("ca.crt", encoded(authority.pem()));
    data.put("namespace", encoded(namespace));
    if (data.getOrDefault("token", "").isEmpty()) {
      String token =
          authority.token(
              namespace, account.getMetadata().getName(), uid, secret.getMetadata().getName());
      data.put("token", encoded(token));
    }
    changed.setData(data);
    if (!changed.equals(secret)) {
      cluster.update(changed);
    }
  }

  private void drop(Secret secret) {
    try {
      cluster.delete(secret);
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  private static boolean isToken(Secret secret) {
    return TYPE.equals(secret.getType());
  }

  private static boolean isOf(Secret secret, ServiceAccount account) {
    String uid = annotation(secret, UID);
    return uid.isEmpty() || uid.equals(account.getMetadata().getUid());
  }

  private static String annotation(HasMetadata secret, String name) {
    return Pods.annotations(secret).getOrDefault(name, "");
  }

  private static String encoded(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
