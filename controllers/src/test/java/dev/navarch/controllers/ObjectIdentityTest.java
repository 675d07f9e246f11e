package dev.navarch.controllers;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Objects;
import org.junit.jupiter.api.Test;

/// The garbage collector knows of every object who it is, who owns it and what holds it, and reads
/// no more than that.
class ObjectIdentityTest {

  private static ObjectIdentity read(String json) {
    return Objects.readKept(json.getBytes(UTF_8), ObjectIdentity.class);
  }

  @Test
  void whoOwnsItAndWhatHoldsIt() {
    ObjectIdentity pod =
        read(
            """
            {"kind":"Pod","spec":{"containers":[{"name":"kind"}]},"apiVersion":"v1","metadata":{
            "resourceVersion":"7","name":"web","namespace":"default","uid":"u1",
            "labels":{"name":"other"},"managedFields":[{"manager":"m","fieldsV1":{"f:name":{}}}],
            "deletionTimestamp":"2026-01-01T00:00:00Z","finalizers":["foregroundDeletion"],
            "ownerReferences":[{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web","uid":"u0",
            "controller":true,"blockOwnerDeletion":true}]},"status":{"phase":"Running"}}\
            """);
    assertThat(pod.getKind()).isEqualTo("Pod");
    assertThat(pod.getApiVersion()).isEqualTo("v1");
    assertThat(pod.getMetadata().getName()).isEqualTo("web");
    assertThat(pod.getMetadata().getNamespace()).isEqualTo("default");
    assertThat(pod.getMetadata().getUid()).isEqualTo("u1");
    assertThat(pod.getMetadata().getResourceVersion()).isEqualTo("7");
    assertThat(pod.getMetadata().getDeletionTimestamp()).isEqualTo("2026-01-01T00:00:00Z");
    assertThat(pod.getMetadata().getFinalizers()).containsExactly("foregroundDeletion");
    assertThat(pod.getMetadata().getOwnerReferences())
        .singleElement()
        .satisfies(
            owner -> {
              assertThat(owner.getUid()).isEqualTo("u0");
              assertThat(owner.getKind()).isEqualTo("ReplicaSet");
              assertThat(owner.getBlockOwnerDeletion()).isTrue();
            });
    assertThat(pod.getMetadata().getLabels()).isEmpty();
  }

  @Test
  void whatIsNullOrAbsentIsEmpty() {
    ObjectIdentity node =
        read(
            """
            {"apiVersion":"v1","kind":"Node","metadata":{"name":"n","deletionTimestamp":null,
            "finalizers":null,"ownerReferences":null}}\
            """);
    assertThat(node.getMetadata().getDeletionTimestamp()).isNull();
    assertThat(node.getMetadata().getFinalizers()).isEmpty();
    assertThat(node.getMetadata().getOwnerReferences()).isEmpty();
  }
}
