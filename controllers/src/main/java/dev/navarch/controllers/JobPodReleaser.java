package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.OwnerReferences;
import dev.navarch.client.Resource;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import java.util.Optional;
import java.util.function.Consumer;

/// Lets go of pods that a job held until it had counted them, and whose job is no more: without it
/// they could never be deleted.
final class JobPodReleaser {
  private final Lister<Pod> pods;
  private final Lister<Job> jobs;
  private final Cluster cluster;

  private JobPodReleaser(Informers on, Cluster cluster) {
    this.pods = on.lister(Pod.class);
    this.jobs = on.lister(Job.class);
    this.cluster = cluster;
  }

  static Controller register(Informers on, Cluster cluster) {
    var releaser = new JobPodReleaser(on, cluster);
    return Controller.ofKeys("job_orphan_pod", releaser::release, releaser::listen);
  }

  private void listen(Informers on, Consumer<Key> wake) {
    on.onChange(
        Resource.of(Pod.class),
        change -> {
          if (change.now() != null && isStranded(change.now())) {
            wake.accept(Key.of(change.now()));
          }
        });
    on.onChange(
        Resource.of(Job.class),
        change -> {
          if (change.now() == null) {
            pods.controlledBy(change.either()).filter(JobPods::isHeld).map(Key::of).forEach(wake);
          }
        });
  }

  /// Asks the server, too: the cache may not show the job yet.
  private Result release(Key key) {
    Optional<Pod> pod = pods.find(key).filter(this::isStranded);
    if (pod.isPresent() && !hasJob(pod.get())) {
      JobTracking.release(cluster, pod.get());
    }
    return Result.done();
  }

  private boolean isStranded(Pod pod) {
    return JobPods.isHeld(pod)
        && OwnerReferences.controllerOf(pod)
            .filter(owner -> isThere(jobs.find(key(pod, owner)), owner))
            .isEmpty();
  }

  private boolean hasJob(Pod pod) {
    return OwnerReferences.controllerOf(pod)
        .filter(owner -> isThere(cluster.find(Resource.of(Job.class), key(pod, owner)), owner))
        .isPresent();
  }

  private static Key key(Pod pod, OwnerReference owner) {
    return new Key(pod.getMetadata().getNamespace(), owner.getName());
  }

  private static boolean isThere(Optional<Job> job, OwnerReference owner) {
    return job.filter(it -> it.getMetadata().getUid().equals(owner.getUid())).isPresent();
  }
}
