package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.api.ApiError;
import dev.navarch.client.Cluster;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.SimulatedCluster;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodStatus;
import io.fabric8.kubernetes.api.model.resource.v1.AllocatedDeviceStatus;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SchedulerTest {
  private final InstantSource clock = InstantSource.system();
  private final SimulatedCluster cluster = new SimulatedCluster(clock);
  private final ClusterInformers informers = new ClusterInformers(cluster, new Random(1));
  private final Events events = new Events();
  private final Scheduler scheduler =
      new Scheduler(informers, cluster, events, clock, new Random(1), Situation::selector);

  @BeforeEach
  void start() throws InterruptedException {
    informers.start();
    informers.awaitSynced();
    scheduler.start();
  }

  @AfterEach
  void stop() {
    scheduler.close();
    informers.close();
  }

  @Test
  void podsSpreadOverNodes() {
    for (String node : List.of("a", "b", "c")) {
      node(node, "{}");
    }
    for (int i = 0; i < 9; i++) {
      pod("p" + i, "100m", 0);
    }

    await().until(() -> cluster.all(Pod.class).stream().allMatch(p -> node(p) != null));
    assertThat(
            cluster.all(Pod.class).stream()
                .collect(Collectors.groupingBy(SchedulerTest::node, Collectors.counting())))
        .containsOnlyKeys("a", "b", "c")
        .allSatisfy((node, count) -> assertThat(count).isEqualTo(3));
    await()
        .untilAsserted(
            () ->
                assertThat(events.told)
                    .filteredOn(line -> line.startsWith("Normal Scheduled Successfully assigned"))
                    .hasSize(9));
  }

  @Test
  void aPodIsBoundWhenItsVolumeHasBeenMadeOnItsNode() {
    node("a", "{}");
    cluster.create(
        new StorageClassBuilder()
            .withNewMetadata()
            .withName("late")
            .endMetadata()
            .withProvisioner("disks.example.com")
            .withVolumeBindingMode("WaitForFirstConsumer")
            .build());
    cluster.given(
        new PersistentVolumeClaimBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("data")
            .endMetadata()
            .withNewSpec()
            .withStorageClassName("late")
            .withAccessModes("ReadWriteOnce")
            .endSpec()
            .withNewStatus()
            .withPhase("Pending")
            .endStatus()
            .build());
    cluster.given(
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName("user")
            .endMetadata()
            .withNewSpec()
            .addNewVolume()
            .withName("v")
            .withNewPersistentVolumeClaim("data", false)
            .endVolume()
            .endSpec()
            .build());
    await()
        .untilAsserted(
            () ->
                assertThat(
                        cluster
                            .find(PersistentVolumeClaim.class, "default", "data")
                            .orElseThrow()
                            .getMetadata()
                            .getAnnotations())
                    .containsEntry("volume.kubernetes.io/selected-node", "a"));
    assertThat(node(cluster.find(Pod.class, "default", "user").orElseThrow())).isNull();

    PersistentVolumeClaim bound =
        Objects.copy(cluster.find(PersistentVolumeClaim.class, "default", "data").orElseThrow());
    bound.getStatus().setPhase("Bound");
    cluster.updateStatus(bound);
    await().until(() -> "a".equals(node(cluster.find(Pod.class, "default", "user").orElseThrow())));
  }

  @Test
  void aPodThatFitsNowhereIsToldSoAndGetsTheFirstNodeThatComes() {
    pod("p", "1", 0);
    String message = "no nodes available to schedule pods";

    await()
        .untilAsserted(
            () ->
                assertThat(condition("p"))
                    .extracting(
                        PodCondition::getStatus, PodCondition::getReason, PodCondition::getMessage)
                    .containsExactly("False", "Unschedulable", message));
    assertThat(events.told).contains("Warning FailedScheduling " + message);

    node("a", "{}");

    await().until(() -> "a".equals(node(find("p"))));
  }

  @Test
  void theEventSaysWhatIsMissing() {
    node("a", "{}");
    pod("p", "5", 0);

    await()
        .untilAsserted(
            () ->
                assertThat(events.told)
                    .contains(
                        "Warning FailedScheduling 0/1 nodes are available: 1 Insufficient cpu."
                            + " preemption: 0/1 nodes are available:"
                            + " 1 Preemption is not helpful for scheduling."));
  }

  @Test
  void aFailedBindIsTriedAgain() {
    cluster.fail("create", "pods", new ApiError.Internal("the disk is full"));
    node("a", "{}");
    cluster.given(Situation.podObject("p", "", Situation.asking("'cpu':'1'", 0)));

    await()
        .untilAsserted(
            () ->
                assertThat(events.told)
                    .anyMatch(
                        line -> line.startsWith("Warning FailedScheduling binding rejected")));
    assertThat(node(find("p"))).isNull();
    cluster.heal();

    await().until(() -> "a".equals(node(find("p"))));
  }

  @Test
  void otherSchedulersPodsAndGatedOnesAreLeftAlone() {
    node("a", "{}");
    cluster.given(Situation.podObject("foreign", "", "{'schedulerName':'other'}"));
    cluster.given(Situation.podObject("gated", "", "{'schedulingGates':[{'name':'quota'}]}"));
    pod("p", "1", 0);

    await().until(() -> "a".equals(node(find("p"))));
    assertThat(node(find("foreign"))).isNull();
    assertThat(node(find("gated"))).isNull();

    Pod open = find("gated");
    open.getSpec().setSchedulingGates(List.of());
    cluster.update(open);

    await().until(() -> "a".equals(node(find("gated"))));
  }

  @Test
  void anImportantPodTakesTheRoomOfALesserOne() {
    node("a", "{}");
    pod("low", "3", 0);
    await().until(() -> "a".equals(node(find("low"))));

    pod("high", "3", 1000);

    await().until(() -> find("low").getMetadata().getDeletionTimestamp() != null);
    await().until(() -> "a".equals(status(find("high")).getNominatedNodeName()));
    assertThat(status(find("low")).getConditions())
        .anyMatch(
            one ->
                one.getType().equals("DisruptionTarget")
                    && one.getReason().equals("PreemptionByScheduler"));
    await()
        .untilAsserted(
            () ->
                assertThat(events.told)
                    .contains("Normal Preempted Preempted by pod high on node a"));

    cluster.delete(
        Resource.of(Pod.class),
        new Key("default", "low"),
        new Cluster.DeleteOptions(Duration.ZERO, null, null, null));

    await().until(() -> "a".equals(node(find("high"))));
  }

  /// Twice somebody else has to make the device ready: the first time that fails.
  @Test
  void aPodIsBoundWhenItsDeviceHasBeenMadeReady() {
    node("a", "{}");
    cluster.given(Situation.object("{'metadata':{'name':'gpu'},'spec':{}}", DeviceClass.class));
    cluster.given(
        Situation.object(
            """
            {'metadata':{'name':'s'},'spec':{'driver':'d','allNodes':true,
              'pool':{'name':'p','generation':1,'resourceSliceCount':1},
              'devices':[{'name':'fabric','bindsToNode':true,'bindingConditions':['Attached'],
                'bindingFailureConditions':['Broken']}]}}
            """,
            ResourceSlice.class));
    cluster.given(
        Situation.object(
            """
            {'metadata':{'namespace':'default','name':'c'},'spec':{'devices':{'requests':[
              {'name':'r','exactly':{'deviceClassName':'gpu'}}]}}}
            """,
            ResourceClaim.class));
    cluster.given(
        Situation.podObject(
            "user", "", "{'resourceClaims':[{'name':'x','resourceClaimName':'c'}]}"));
    tell("Broken");
    await()
        .untilAsserted(
            () ->
                assertThat(events.told)
                    .contains(
                        "Warning FailedScheduling running PreBind plugin \"DynamicResources\":"
                            + " claim c binding failed"));
    assertThat(node(find("user"))).isNull();
    tell("Attached");
    await().until(() -> "a".equals(node(find("user"))));
    assertThat(claim().getStatus().getAllocation().getNodeSelector().getNodeSelectorTerms())
        .singleElement()
        .satisfies(
            term -> assertThat(term.getMatchFields().getFirst().getValues()).containsExactly("a"));
  }

  /// Waits until the claim has a device of which nothing is told yet, and tells that.
  private void tell(String condition) {
    await()
        .until(
            () ->
                claim().getStatus() != null
                    && claim().getStatus().getAllocation() != null
                    && claim().getStatus().getDevices().isEmpty());
    assertThat(node(find("user"))).isNull();
    ResourceClaim told = Objects.copy(claim());
    told.getStatus()
        .setDevices(
            List.of(
                Situation.object(
                    "{'driver':'d','pool':'p','device':'fabric','conditions':[{'type':'%s','status':'True'}]}"
                        .formatted(condition),
                    AllocatedDeviceStatus.class)));
    cluster.updateStatus(told);
  }

  private ResourceClaim claim() {
    return cluster.find(ResourceClaim.class, "default", "c").orElseThrow();
  }

  private void node(String name, String spec) {
    cluster.given(Situation.nodeObject(name, "kubernetes.io/hostname=" + name, spec));
  }

  private void pod(String name, String cpu, int priority) {
    cluster.given(
        Situation.podObject(name, "", Situation.asking("'cpu':'%s'".formatted(cpu), priority)));
  }

  private Pod find(String name) {
    return cluster.find(Pod.class, "default", name).orElseThrow();
  }

  private @Nullable PodCondition condition(String pod) {
    return status(find(pod)).getConditions().stream()
        .filter(one -> one.getType().equals("PodScheduled"))
        .findFirst()
        .orElse(null);
  }

  private static PodStatus status(Pod pod) {
    return pod.getStatus() == null ? new PodStatus() : pod.getStatus();
  }

  private static @Nullable String node(Pod pod) {
    return pod.getSpec().getNodeName();
  }

  private static final class Events implements EventRecorder {
    private final List<String> told = new CopyOnWriteArrayList<>();

    @Override
    public EventRecorder as(String component) {
      return this;
    }

    @Override
    public void record(ObjectReference about, Type type, String reason, String message) {
      told.add("%s %s %s".formatted(type.text(), reason, message));
    }
  }
}
