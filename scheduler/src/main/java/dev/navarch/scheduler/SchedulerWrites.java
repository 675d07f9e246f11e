package dev.navarch.scheduler;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.BindingBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodCondition;
import io.fabric8.kubernetes.api.model.PodConditionBuilder;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes what the scheduler decided: bindings, conditions, evictions, and the events that tell
/// users of them. A bounded number of writes runs at a time, apart from the thread that decides.
final class SchedulerWrites implements AutoCloseable {
  static final String NAME = "default-scheduler";

  private static final Logger LOG = LoggerFactory.getLogger(SchedulerWrites.class);
  private static final Resource<Pod> PODS = Resource.of(Pod.class);
  private static final String SCHEDULED = "PodScheduled";
  private static final int AT_A_TIME = 64;

  private final Cluster cluster;
  private final EventRecorder events;
  private final InstantSource clock;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Semaphore slots = new Semaphore(AT_A_TIME);

  SchedulerWrites(Cluster cluster, EventRecorder events, InstantSource clock) {
    this.cluster = cluster;
    this.events = events.as(NAME);
    this.clock = clock;
  }

  /// @param plan what is written to the pod's claims before
  /// @param written hears of each claim as it was stored
  void bind(
      PodView pod,
      String node,
      DevicePlan plan,
      Consumer<ResourceClaim> written,
      Consumer<ApiException> onFailure)
      throws InterruptedException {
    inTheBackground(
        () -> {
          new DeviceWrites(cluster).carryOut(plan, pod, now(), written);
          var binding =
              new BindingBuilder()
                  .withNewMetadata()
                  .withNamespace(pod.namespace())
                  .withName(pod.name())
                  .withUid(pod.uid())
                  .endMetadata()
                  .withNewTarget()
                  .withApiVersion("v1")
                  .withKind("Node")
                  .withName(node)
                  .endTarget()
                  .build();
          cluster.post(PODS, Key.of(pod.pod()), "binding", Objects.tree(binding));
          String done = "Successfully assigned %s to %s".formatted(pod.fullName(), node);
          events.normal(pod.pod(), "Scheduled", done);
        },
        failure -> {
          if (!failure.isNotFound()) {
            String why = "binding rejected: " + failure.getMessage();
            events.warning(pod.pod(), "FailedScheduling", why);
          }
          onFailure.accept(failure);
        });
  }

  /// Gives a pod's claims their devices, and reserves them for it.
  ///
  /// @param written hears of each claim as it was stored
  /// @param done is called when all are
  void prepareDevices(
      PodView pod,
      DevicePlan plan,
      Consumer<ResourceClaim> written,
      Runnable done,
      Consumer<ApiException> onFailure)
      throws InterruptedException {
    inTheBackground(
        () -> {
          new DeviceWrites(cluster).carryOut(plan, pod, now(), written);
          done.run();
        },
        onFailure);
  }

  /// Has the volumes of a pod bound or made on its node.
  void prepareVolumes(PodView pod, String node, VolumePlan plan, Consumer<ApiException> onFailure)
      throws InterruptedException {
    inTheBackground(() -> new VolumeWrites(cluster).carryOut(plan, node), onFailure);
  }

  /// A pod's claims are no more for it.
  void takeBack(PodView pod, DevicePlan plan) throws InterruptedException {
    inTheBackground(
        () -> plan.steps().forEach(step -> new DeviceWrites(cluster).takeBack(step.key(), pod)),
        failure -> logged(pod, failure));
  }

  /// Frees what claims have, that only this pod uses.
  void release(PodView pod, List<ResourceClaim> claims) throws InterruptedException {
    inTheBackground(
        () -> claims.forEach(claim -> new DeviceWrites(cluster).free(claim, pod)),
        failure -> logged(pod, failure));
  }

  /// Tells the user why a pod waits: an event each time, the condition when it changes.
  ///
  /// @param promised the node on which room is being made for it
  void report(PodView pod, String message, Optional<String> promised) throws InterruptedException {
    inTheBackground(
        () -> {
          events.warning(pod.pod(), "FailedScheduling", message);
          Optional<PodCondition> told = scheduledCondition(pod.pod());
          boolean news = told.filter(one -> message.equals(one.getMessage())).isEmpty();
          if (news || promised.isPresent()) {
            String since =
                told.filter(one -> "False".equals(one.getStatus()))
                    .map(PodCondition::getLastTransitionTime)
                    .orElseGet(this::now);
            patchStatus(pod, waiting(pod, message, since), promised);
          }
        },
        failure -> logged(pod, failure));
  }

  /// Makes a pod leave its node for a more important one.
  void evict(PodView victim, PodView preemptor, String node) throws InterruptedException {
    inTheBackground(
        () -> {
          var condition =
              new PodConditionBuilder()
                  .withType("DisruptionTarget")
                  .withStatus("True")
                  .withReason("PreemptionByScheduler")
                  .withMessage(NAME + ": preempting to accommodate a higher priority pod")
                  .withObservedGeneration(victim.pod().getMetadata().getGeneration())
                  .withLastTransitionTime(now())
                  .build();
          patchStatus(victim, condition, Optional.empty());
          cluster.delete(victim.pod());
          String why = "Preempted by pod %s on node %s".formatted(preemptor.uid(), node);
          events.normal(victim.pod(), "Preempted", why);
        },
        failure -> logged(victim, failure));
  }

  /// Waits for the writes that are under way.
  @Override
  public void close() {
    threads.close();
  }

  private void inTheBackground(Runnable write, Consumer<ApiException> onFailure)
      throws InterruptedException {
    slots.acquire();
    threads.execute(
        () -> {
          try {
            write.run();
          } catch (ApiException e) {
            onFailure.accept(e);
          } finally {
            slots.release();
          }
        });
  }

  private static PodCondition waiting(PodView pod, String message, String since) {
    return new PodConditionBuilder()
        .withType(SCHEDULED)
        .withStatus("False")
        .withReason("Unschedulable")
        .withMessage(message)
        .withObservedGeneration(pod.pod().getMetadata().getGeneration())
        .withLastTransitionTime(since)
        .build();
  }

  private void patchStatus(PodView pod, PodCondition condition, Optional<String> promised) {
    Map<String, Object> status = new LinkedHashMap<>();
    status.put("conditions", List.of(condition));
    promised.ifPresent(node -> status.put("nominatedNodeName", node));
    byte[] body = Objects.write(Map.of("metadata", Map.of("uid", pod.uid()), "status", status));
    var patch = new Cluster.Patch(Cluster.Patch.Type.STRATEGIC, body);
    cluster.patch(PODS, Key.of(pod.pod()), patch, "status");
  }

  private static Optional<PodCondition> scheduledCondition(Pod pod) {
    return pod.getStatus() == null || pod.getStatus().getConditions() == null
        ? Optional.empty()
        : pod.getStatus().getConditions().stream()
            .filter(condition -> SCHEDULED.equals(condition.getType()))
            .findFirst();
  }

  private String now() {
    return Instant.ofEpochSecond(clock.instant().getEpochSecond()).toString();
  }

  private static void logged(PodView pod, ApiException failure) {
    LOG.atDebug()
        .addKeyValue("pod", pod.fullName())
        .addKeyValue("reason", failure.getMessage())
        .log("pod not told of its scheduling");
  }
}
