package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;

/// Makes and deletes the pods of an owner, and tells of it in the owner's events.
record PodWrites(Cluster cluster, EventRecorder events) {
  private static final Resource<Pod> PODS = Resource.of(Pod.class);

  Pod create(HasMetadata owner, Pod wanted) {
    try {
      Pod pod = cluster.create(PODS, wanted);
      events.normal(owner, "SuccessfulCreate", "Created pod: " + pod.getMetadata().getName());
      return pod;
    } catch (ApiException e) {
      if (!Created.isGoingAway(e)) {
        events.warning(owner, "FailedCreate", "Error creating: " + e.getMessage());
      }
      throw e;
    }
  }

  void delete(HasMetadata owner, Pod pod) {
    try {
      cluster.delete(pod);
      events.normal(owner, "SuccessfulDelete", "Deleted pod: " + pod.getMetadata().getName());
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        events.warning(owner, "FailedDelete", "Error deleting: " + e.getMessage());
        throw e;
      }
    }
  }
}
