package dev.navarch.apiserver.policies;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.StorageKeys;
import dev.navarch.client.Cluster;
import dev.navarch.client.Cluster.Patch;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Writes into the status of each ValidatingAdmissionPolicy what checking its types has found, once
/// for each generation.
public final class PolicyStatuses {
  private static final Logger LOG = LoggerFactory.getLogger(PolicyStatuses.class);
  private final Cluster cluster;
  private final Caches caches;
  private final Kinds kinds;
  private final Kind policies;
  private final Resource<GenericKubernetesResource> resource;

  private PolicyStatuses(Cluster cluster, Caches caches, Kinds kinds) {
    this.cluster = cluster;
    this.caches = caches;
    this.kinds = kinds;
    this.policies =
        kinds.byKind("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy").orElseThrow();
    this.resource =
        Resource.generic(
            policies.group(), policies.version(), policies.kind(), policies.plural(), false);
  }

  /// To be called before the informers are started.
  public static void keep(Informers informers, Cluster cluster, Caches caches, Kinds kinds) {
    PolicyStatuses statuses = new PolicyStatuses(cluster, caches, kinds);
    informers.onChange(
        statuses.resource,
        change -> {
          if (change.now() != null) {
            String name = change.now().getMetadata().getName();
            Thread.ofVirtual().name("policy-types").start(() -> statuses.check(name));
          }
        });
  }

  private void check(String name) {
    caches
        .of(policies)
        .get(StorageKeys.key(policies, "", name))
        .map(entry -> Json.parse(entry.json()))
        .filter(PolicyStatuses::isBehind)
        .ifPresent(policy -> report(name, policy));
  }

  private static boolean isBehind(ObjectNode policy) {
    JsonNode observed = policy.at("/status/observedGeneration");
    return observed.asLong(0) < policy.at("/metadata/generation").asLong(0);
  }

  private void report(String name, ObjectNode policy) {
    ObjectNode change = Json.object();
    change
        .putObject("metadata")
        .put("resourceVersion", policy.at("/metadata/resourceVersion").asString(""));
    ObjectNode status = change.putObject("status");
    status.put("observedGeneration", policy.at("/metadata/generation").asLong(0));
    ObjectNode types = status.putObject("typeChecking");
    JsonNode warnings = TypeChecks.warnings(policy, kinds);
    types.set("expressionWarnings", warnings.isEmpty() ? types.nullNode() : warnings);
    try {
      cluster.patch(
          resource, new Key("", name), new Patch(Patch.Type.MERGE, Json.bytes(change)), "status");
    } catch (ApiException e) {
      LOG.atDebug()
          .addKeyValue("policy", name)
          .addKeyValue("error", e.getMessage())
          .log("the status of a policy was not written: it has changed again or is gone");
    }
  }
}
