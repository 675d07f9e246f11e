package dev.navarch.apiserver.registry;

import static dev.navarch.apiserver.registry.TestRegistry.configMap;
import static dev.navarch.apiserver.registry.TestRegistry.json;
import static dev.navarch.apiserver.registry.TestRegistry.kind;
import static dev.navarch.apiserver.registry.TestRegistry.pod;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiException;
import dev.navarch.apiserver.registry.DeleteOptions.Propagation;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/// How objects go: at once, after their grace period, or when their finalizers are done.
class DeletionTest {
  @TempDir Path folder;
  private TestRegistry test;
  private Registry registry;

  @BeforeEach
  void open() {
    test = TestRegistry.in(folder);
    registry = test.registry();
  }

  @AfterEach
  void close() {
    test.close();
  }

  @Test
  void aPlainObjectGoesAtOnce() {
    test.create(configMap("a"), "{}");
    assertThat(registry.delete(configMap("a"), DeleteOptions.DEFAULT).gone()).isTrue();
    assertGone(configMap("a"));
    assertThatThrownBy(() -> registry.delete(configMap("a"), DeleteOptions.DEFAULT))
        .hasMessage("configmaps \"a\" not found");
  }

  @Test
  void anUnassignedPodGoesAtOnce() {
    test.create(pod("p"), "{'spec':{'containers':[{'name':'main','image':'web'}]}}");
    assertThat(registry.delete(pod("p"), DeleteOptions.DEFAULT).gone()).isTrue();
  }

  @Test
  void aRunningPodGetsItsGracePeriodWhichMayOnlyShrink() {
    test.runningPod("p");
    ObjectNode marked = deleted(pod("p"), options(null));
    assertThat(Metadata.of(marked).gracePeriod()).isEqualTo(30);
    assertThat(Metadata.of(marked).text("deletionTimestamp")).isEqualTo("2030-01-02T03:04:35Z");
    assertThat(deleted(pod("p"), options(60L))).isEqualTo(marked);
    assertThat(deleted(pod("p"), options(null))).isEqualTo(marked);
    ObjectNode shorter = deleted(pod("p"), options(10L));
    assertThat(Metadata.of(shorter).text("deletionTimestamp")).isEqualTo("2030-01-02T03:04:15Z");
    assertThat(registry.delete(pod("p"), options(0L)).gone()).isTrue();
    assertGone(pod("p"));
  }

  @Test
  void aFinishedPodGoesAtOnce() {
    ObjectNode pod = test.runningPod("p");
    pod.putObject("status").put("phase", "Succeeded");
    registry.update(pod("p"), Subresource.STATUS, pod, false);
    assertThat(registry.delete(pod("p"), DeleteOptions.DEFAULT).gone()).isTrue();
  }

  @Test
  void aFinalizerHoldsUntilItIsTakenAway() {
    test.create(configMap("a"), "{'metadata':{'finalizers':['example.com/hold']}}");
    ObjectNode marked = deleted(configMap("a"), DeleteOptions.DEFAULT);
    assertThat(Metadata.of(marked).isDeleting()).isTrue();
    assertThatThrownBy(
            () -> registry.patch(configMap("a"), Subresource.NONE, o -> held(o, "a/b"), false))
        .hasMessageContaining("no new finalizers can be added if the object is being deleted");
    registry.patch(configMap("a"), Subresource.NONE, o -> held(o), false);
    assertGone(configMap("a"));
  }

  @Test
  void aPodWithAFinalizerWaitsForBoth() {
    test.runningPod("p");
    registry.patch(pod("p"), Subresource.NONE, o -> held(o, "example.com/hold"), false);
    deleted(pod("p"), DeleteOptions.DEFAULT);
    registry.patch(pod("p"), Subresource.NONE, o -> held(o), false);
    assertThat(Metadata.of(registry.get(pod("p"))).gracePeriod()).isEqualTo(30);
    assertThat(registry.delete(pod("p"), options(0L)).gone()).isTrue();
  }

  @Test
  void propagationIsCarriedOutByFinalizers() {
    Target set = new Target(kind("apps/v1", "ReplicaSet"), "default", "rs");
    test.create(
        set,
        "{'spec':{'selector':{'matchLabels':{'a':'b'}},'template':{'metadata':{'labels':"
            + "{'a':'b'}},'spec':{'containers':[{'name':'c','image':'i'}]}}}}");
    ObjectNode marked =
        deleted(set, new DeleteOptions(null, Propagation.FOREGROUND, "", "", false));
    assertThat(Metadata.of(marked).finalizers()).containsExactly("foregroundDeletion");
    assertThat(Metadata.of(marked).gracePeriod()).isZero();
    ObjectNode orphaning = deleted(set, new DeleteOptions(null, Propagation.ORPHAN, "", "", false));
    assertThat(Metadata.of(orphaning).finalizers()).containsExactly("orphan");
    assertThat(Metadata.of(orphaning).generation()).isEqualTo(2);
    registry.patch(set, Subresource.NONE, o -> held(o), false);
    assertGone(set);
  }

  @Test
  void aNamespaceWaitsUntilItIsFinalized() {
    Target space = new Target(kind("v1", "Namespace"), "", "team");
    test.create(space, "{'spec':{'finalizers':['kubernetes']}}");
    ObjectNode marked = deleted(space, DeleteOptions.DEFAULT);
    assertThat(marked.at("/status/phase").asString()).isEqualTo("Terminating");
    ((ObjectNode) marked.get("spec")).remove("finalizers");
    registry.update(space, Subresource.FINALIZE, marked, false);
    assertGone(space);
  }

  @Test
  void preconditionsNameOneObjectInOneState() {
    test.create(configMap("a"), "{}");
    assertThatThrownBy(
            () ->
                registry.delete(configMap("a"), new DeleteOptions(null, null, "other", "", false)))
        .hasMessageContaining(
            "the UID in the precondition (other) does not match the UID in record");
    assertThatThrownBy(
            () -> registry.delete(configMap("a"), new DeleteOptions(null, null, "", "1", false)))
        .hasMessageContaining("the ResourceVersion in the precondition (1) does not match");
  }

  @Test
  void aDryRunDeletesNothing() {
    test.create(configMap("a"), "{}");
    assertThat(registry.delete(configMap("a"), DeleteOptions.DEFAULT.asDryRun()).gone()).isTrue();
    assertThat(registry.get(configMap("a"))).isNotNull();
  }

  @Test
  void optionsAreChecked() {
    assertThatThrownBy(() -> DeleteOptions.read(json("{'propagationPolicy':'Later'}")))
        .hasMessageContaining("propagationPolicy: Unsupported value: \"Later\"");
    assertThatThrownBy(
            () ->
                DeleteOptions.read(json("{'propagationPolicy':'Orphan','orphanDependents':true}")))
        .hasMessageContaining("cannot be both set");
    assertThatThrownBy(() -> DeleteOptions.read(json("{'dryRun':['Some']}")))
        .hasMessageContaining("dryRun: Unsupported value: \"Some\"");
  }

  private ObjectNode deleted(Target target, DeleteOptions options) {
    Registry.Deleted deleted = registry.delete(target, options);
    assertThat(deleted.gone()).isFalse();
    assertThat(registry.get(target)).isEqualTo(deleted.object());
    return deleted.object();
  }

  private void assertGone(Target target) {
    assertThatThrownBy(() -> registry.get(target))
        .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.isNotFound()).isTrue());
  }

  private static DeleteOptions options(@org.jspecify.annotations.Nullable Long grace) {
    return new DeleteOptions(grace, null, "", "", false);
  }

  private static ObjectNode held(ObjectNode object, String... finalizers) {
    Metadata.of(object).setFinalizers(List.of(finalizers));
    return object;
  }
}
