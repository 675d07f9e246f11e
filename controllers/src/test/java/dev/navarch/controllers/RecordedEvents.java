package dev.navarch.controllers;

import dev.navarch.client.EventRecorder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Keeps events as lines: `Normal ScalingReplicaSet Scaled up …`.
record RecordedEvents(List<String> lines) implements EventRecorder {
  RecordedEvents() {
    this(new CopyOnWriteArrayList<>());
  }

  @Override
  public EventRecorder as(String component) {
    return this;
  }

  @Override
  public void record(ObjectReference about, Type type, String reason, String message) {
    lines.add(type.text() + " " + reason + " " + message);
  }
}
