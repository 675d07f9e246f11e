package dev.navarch.controllers;

import dev.navarch.client.BootstrapToken;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Objects;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;

/// Signs what the cluster says of itself to everybody with every token that is good: a machine that
/// has one knows by that whom it joins.
final class BootstrapSigner implements Reconciler<ConfigMap> {
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
    return Controller.of(ConfigMap.class, new BootstrapSigner(on, cluster, clock))
        .name("bootstrap_signer")
        .watches(
            Secret.class,
            secret ->
                BootstrapToken.TYPE.equals(secret.getType())
                    ? Stream.of(BootstrapToken.CLUSTER_INFO)
                    : Stream.empty());
  }

  @Override
  public Result reconcile(ConfigMap map) {
    Map<String, String> data = map.getData() == null ? Map.of() : map.getData();
    String content = data.get("kubeconfig");
    if (!Key.of(map).equals(BootstrapToken.CLUSTER_INFO) || content == null) {
      return Result.done();
    }
    Map<String, String> wanted = new LinkedHashMap<>(data);
    wanted.keySet().removeIf(key -> key.startsWith(SIGNATURE));
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
    return Result.done();
  }
}
