package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.ResourceClaims;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResultBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResultBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceTaint;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceTaintBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceTolerationBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimStatus;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimTemplateBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSliceBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// When claims of devices are made, reserved, released and removed.
class ResourceClaimsTest {
  private final Simulation simulation = new Simulation();
  private final RecordedEvents events = new RecordedEvents();

  @BeforeEach
  void start() {
    simulation.with(
        ResourceClaimController.register(simulation.informers(), simulation.cluster(), events));
    simulation.with(
        ResourceClaimReleaseController.register(simulation.informers(), simulation.cluster()));
  }

  @Test
  void aClaimIsMadeFromATemplateAndNamedInThePodsStatus() {
    template("gpus");
    pod("trainer", "", entry("gpu", null, "gpus"));
    simulation.settle();

    ResourceClaim made = only();
    Pod pod = pod("trainer");
    assertThat(made.getMetadata().getGenerateName()).isEqualTo("trainer-gpu-");
    assertThat(made.getMetadata().getLabels()).isEqualTo(Map.of("from", "template"));
    assertThat(made.getMetadata().getAnnotations())
        .isEqualTo(Map.of("kept", "yes", "resource.kubernetes.io/pod-claim-name", "gpu"));
    assertThat(made.getMetadata().getOwnerReferences()).hasSize(1);
    assertThat(made.getSpec().getDevices().getRequests().getFirst().getName()).isEqualTo("one");
    assertThat(pod.getStatus().getResourceClaimStatuses())
        .singleElement()
        .satisfies(
            status -> {
              assertThat(status.getName()).isEqualTo("gpu");
              assertThat(status.getResourceClaimName()).isEqualTo(made.getMetadata().getName());
            });
  }

  @Test
  void aPodWaitsForATemplateThatComesLater() {
    pod("trainer", "", entry("gpu", null, "gpus"));
    simulation.settle();

    assertThat(claims()).isEmpty();
    assertThat(events.lines())
        .anyMatch(line -> line.contains("FailedResourceClaimCreation PodResourceClaim gpu: "));
    template("gpus");
    simulation.settle();

    assertThat(claims()).hasSize(1);
  }

  @Test
  void aClaimThatWasMadeButNotNamedIsFoundAgain() {
    template("gpus");
    Pod pod = pod("trainer", "", entry("gpu", null, "gpus"));
    simulation.settle();
    Pod forgetful = Objects.copy(pod("trainer"));
    forgetful.setStatus(null);
    simulation.cluster().updateStatus(forgetful);
    simulation.settle();

    assertThat(only().getMetadata().getOwnerReferences().getFirst().getUid())
        .isEqualTo(pod.getMetadata().getUid());
    assertThat(pod("trainer").getStatus().getResourceClaimStatuses()).hasSize(1);
  }

  @Test
  void aPodThatFoundItsNodeByItselfHasTheClaimReserved() {
    allocated("shared", List.of());
    pod("user", "node-a", entry("gpu", "shared", null));
    simulation.settle();

    assertThat(ResourceClaims.isReservedFor(only(), pod("user"))).isTrue();
  }

  @Test
  void theLastUserTakesTheAllocationWithIt() {
    Pod first = pod("first", "node-a", entry("gpu", "shared", null));
    Pod second = pod("second", "node-a", entry("gpu", "shared", null));
    allocated("shared", List.of(first, second));
    finish("first");
    simulation.settle();

    assertThat(ResourceClaims.reservedFor(only()))
        .extracting(one -> one.getName())
        .containsExactly("second");
    assertThat(ResourceClaims.isAllocated(only())).isTrue();
    gone("second");
    simulation.settle();

    assertThat(ResourceClaims.reservedFor(only())).isEmpty();
    assertThat(ResourceClaims.isAllocated(only())).isFalse();
    assertThat(only().getMetadata().getFinalizers()).isEmpty();
  }

  @Test
  void anAllocationThatNobodyHasReservedYetStays() {
    allocated("shared", List.of());
    simulation.settle();

    assertThat(ResourceClaims.isAllocated(only())).isTrue();
  }

  @Test
  void aDeletedClaimGoesWhenItsUserIsGone() {
    Pod user = pod("user", "node-a", entry("gpu", "shared", null));
    allocated("shared", List.of(user));
    simulation.settle();
    simulation.cluster().delete(only());
    simulation.settle();

    assertThat(ResourceClaims.isAllocated(only())).isTrue();
    gone("user");
    simulation.settle();

    assertThat(claims()).isEmpty();
  }

  @Test
  void aClaimThatWasMadeForAPodGoesWhenThePodIsDone() {
    template("gpus");
    pod("job", "node-a", entry("gpu", null, "gpus"));
    simulation.settle();
    assertThat(claims()).hasSize(1);
    finish("job");
    simulation.settle();

    assertThat(claims()).isEmpty();
  }

  @Test
  void aPodGoesWhenItsDeviceMayNotBeUsedAnyMore() {
    simulation.with(
        DeviceTaintEvictionController.register(
            simulation.informers(), simulation.cluster(), events, simulation.clock()));
    Pod user = pod("user", "node-a", entry("gpu", "shared", null));
    Pod patient = pod("patient", "node-a", entry("gpu", "other", null));
    allocated("shared", List.of(user), result("g0"));
    DeviceRequestAllocationResult tolerant = result("g0");
    tolerant.setTolerations(
        List.of(
            new DeviceTolerationBuilder()
                .withOperator("Exists")
                .withTolerationSeconds(60L)
                .build()));
    allocated("other", List.of(patient), tolerant);
    slice(List.of());
    simulation.settle();
    assertThat(isGoing("user")).isFalse();

    slice(List.of(new DeviceTaintBuilder().withKey("ill").withEffect("NoExecute").build()));
    simulation.settle();
    assertThat(isGoing("user")).isTrue();
    assertThat(pod("user").getStatus().getConditions())
        .extracting(one -> one.getReason())
        .containsExactly("DeletionByDeviceTaintManager");
    assertThat(isGoing("patient")).isFalse();
    simulation.pass(Duration.ofSeconds(61));
    assertThat(isGoing("patient")).isTrue();
  }

  private boolean isGoing(String pod) {
    return pod(pod).getMetadata().getDeletionTimestamp() != null;
  }

  private static DeviceRequestAllocationResult result(String device) {
    return new DeviceRequestAllocationResultBuilder()
        .withRequest("r")
        .withDriver("gpu.example.com")
        .withPool("p")
        .withDevice(device)
        .build();
  }

  private void slice(List<DeviceTaint> taints) {
    ResourceSlice slice =
        new ResourceSliceBuilder()
            .withNewMetadata()
            .withName("slice")
            .endMetadata()
            .withNewSpec()
            .withDriver("gpu.example.com")
            .withNewPool()
            .withName("p")
            .endPool()
            .addNewDevice()
            .withName("g0")
            .withTaints(taints)
            .endDevice()
            .endSpec()
            .build();
    var known = simulation.cluster().find(ResourceSlice.class, "", "slice");
    if (known.isPresent()) {
      slice.setMetadata(known.get().getMetadata());
      simulation.cluster().update(slice);
    } else {
      simulation.cluster().create(slice);
    }
  }

  @Test
  void longNamesAreCutInProportion() {
    String base = ResourceClaimController.base("p".repeat(100), "c".repeat(50));

    assertThat(base).hasSizeLessThanOrEqualTo(57).matches("p{30,}-c{15,}");
  }

  private static PodResourceClaim entry(
      String name, @Nullable String claim, @Nullable String template) {
    var entry = new PodResourceClaim();
    entry.setName(name);
    entry.setResourceClaimName(claim);
    entry.setResourceClaimTemplateName(template);
    return entry;
  }

  private void template(String name) {
    simulation
        .cluster()
        .create(
            new ResourceClaimTemplateBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNewMetadata()
                .addToLabels("from", "template")
                .addToAnnotations("kept", "yes")
                .endMetadata()
                .withNewSpec()
                .withNewDevices()
                .addNewRequest()
                .withName("one")
                .withNewExactly()
                .withDeviceClassName("gpu.example.com")
                .endExactly()
                .endRequest()
                .endDevices()
                .endSpec()
                .endSpec()
                .build());
  }

  private Pod pod(String name, String node, PodResourceClaim entry) {
    return simulation
        .cluster()
        .create(
            new PodBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName(name)
                .endMetadata()
                .withNewSpec()
                .withNodeName(node)
                .withResourceClaims(entry)
                .endSpec()
                .build());
  }

  private Pod pod(String name) {
    return simulation.cluster().find(Pod.class, "default", name).orElseThrow();
  }

  /// As its node says when its processes have ended.
  private void gone(String name) {
    simulation
        .cluster()
        .delete(
            Resource.of(Pod.class),
            new Key("default", name),
            new Cluster.DeleteOptions(Duration.ZERO, null, null, null));
  }

  private void finish(String name) {
    Pod done =
        new PodBuilder(pod(name)).editOrNewStatus().withPhase("Succeeded").endStatus().build();
    simulation.cluster().updateStatus(done);
  }

  private void allocated(String name, List<Pod> users, DeviceRequestAllocationResult... results) {
    ResourceClaim claim =
        simulation
            .cluster()
            .create(
                new ResourceClaimBuilder()
                    .withNewMetadata()
                    .withNamespace("default")
                    .withName(name)
                    .withFinalizers(ResourceClaims.FINALIZER)
                    .endMetadata()
                    .withNewSpec()
                    .endSpec()
                    .build());
    var status = new ResourceClaimStatus();
    status.setAllocation(
        new AllocationResultBuilder().withNewDevices().withResults(results).endDevices().build());
    status.setReservedFor(users.stream().map(ResourceClaims::consumer).toList());
    ResourceClaim changed = Objects.copy(claim);
    changed.setStatus(status);
    simulation.cluster().updateStatus(changed);
  }

  private List<ResourceClaim> claims() {
    return simulation
        .cluster()
        .list(Resource.of(ResourceClaim.class), Cluster.ListOptions.ALL)
        .items();
  }

  private ResourceClaim only() {
    assertThat(claims()).hasSize(1);
    return claims().getFirst();
  }
}
