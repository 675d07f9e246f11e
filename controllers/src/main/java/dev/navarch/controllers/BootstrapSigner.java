package dev.navarch.controllers;

import dev.navarch.client.BootstrapToken;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;

/// Signs what the cluster says of itself to everybody with every token that is good: a machine that
/// has one knows by that whom it joins.
final class BootstrapSigner {
  private static final Resource<ConfigMap> MAPS = Resource.of(ConfigMap.class);
  private static final String SIGNATURE = "jws-kubeconfig-";

  private final Lister<Secret> secrets;
  private final Cluster cluster;
  private final InstantSource clock;

  private BootstrapSigner(Informers on, Cluster cluster, InstantSource clock) {
    this.secrets = on.lister(Secret.class);
    this.cluster = cluster;
    this.clock = clock;
  }

  static Controller register(Informers on, Cluster cluster, InstantSource clock) {
    return Controller.ofKeys(
        "bootstrap_signer",
        new BootstrapSigner(on, cluster, clock)::reconcile,
        BootstrapSigner::wakes);
  }

  /// What config maps hold is nothing to keep in memory: only who they are is looked at.
  private static void wakes(Informers on, Consumer<Key> wake) {
    on.onChange(
        ObjectIdentity.of(MAPS),
        change -> {
          if (Key.of(change.either()).equals(BootstrapToken.CLUSTER_INFO)) {
            wake.accept(BootstrapToken.CLUSTER_INFO);
          }
        });
    on.onChange(
        Resource.of(Secret.class),
        change -> {
          if (BootstrapToken.TYPE.equals(change.either().getType())) {
            wake.accept(BootstrapToken.CLUSTER_INFO);
          }
        });
  }

  private Result reconcile(Key key) {
    cluster.find(MAPS, key).ifPresent(this::sign);
    return Result.done();
  }

  private void sign(ConfigMap map) {
    Map<String, String> data = map.getData() == null ? Map.of() : map.getData();
    String content = data.get("kubeconfig");
    if (content == null) {
      return;
    }
    Map<String, String> wanted = new LinkedHashMap<>(data);
    wanted.keySet().removeIf(each -> each.startsWith(SIGNATURE));
    secrets
        .in(BootstrapToken.NAMESPACE)
        .flatMap(secret -> BootstrapToken.of(secret).stream())
        .filter(token -> token.signs() && !token.isOver(clock.instant()))
        .forEach(token -> wanted.put(SIGNATURE + token.id(), token.signature(content)));
    if (!wanted.equals(data)) {
      ConfigMap signed = Objects.copy(map);
      signed.setData(wanted);
      cluster.update(signed);
    }
  }
}
