package dev.navarch.scheduler;

/// Changes of the cluster that may make room for a pod that found none.
public enum ClusterEvent {
  NODE_ADDED,
  NODE_LABELS_CHANGED,
  NODE_TAINTS_CHANGED,
  NODE_ALLOCATABLE_CHANGED,
  NAMESPACE_LABELS_CHANGED,
  POD_ADDED,
  POD_REMOVED,
  POD_CHANGED,
  VOLUME_CHANGED,
  DEVICES_CHANGED
}
