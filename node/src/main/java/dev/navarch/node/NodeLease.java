package dev.navarch.node;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Cluster.Patch;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The cheap heartbeat by which the control plane knows that the node lives.
///
/// @param node owns the lease, so that they go together
/// @param seconds after which a lease that was not renewed is over
public record NodeLease(Cluster cluster, Node node, InstantSource clock, int seconds) {
  public static final Duration PERIOD = Duration.ofSeconds(10);
  private static final String NAMESPACE = "kube-node-lease";
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'").withZone(ZoneOffset.UTC);

  public void renew() {
    String name = node.getMetadata().getName();
    Instant now = clock.instant();
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch
        .putObject("spec")
        .put("holderIdentity", name)
        .put("leaseDurationSeconds", seconds)
        .put("renewTime", MICROS.format(now));
    try {
      cluster.patch(
          Resource.of(Lease.class),
          new Key(NAMESPACE, name),
          new Patch(Patch.Type.MERGE, patch.toString().getBytes(StandardCharsets.UTF_8)),
          "");
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
      cluster.create(
          new LeaseBuilder()
              .withNewMetadata()
              .withNamespace(NAMESPACE)
              .withName(name)
              .addNewOwnerReference()
              .withApiVersion("v1")
              .withKind("Node")
              .withName(name)
              .withUid(node.getMetadata().getUid())
              .endOwnerReference()
              .endMetadata()
              .withNewSpec()
              .withHolderIdentity(name)
              .withLeaseDurationSeconds(seconds)
              .withRenewTime(now.atZone(ZoneOffset.UTC))
              .endSpec()
              .build());
    }
  }
}
