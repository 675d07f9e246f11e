package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectReference;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;

/// Tells a user what was done to an object and why, as `kubectl describe` shows it. Recording never
/// blocks and never fails; an event may be lost when there are too many.
public interface EventRecorder {
  /// A recorder that keeps nothing.
  EventRecorder SILENT =
      new EventRecorder() {
        @Override
        public EventRecorder as(String component) {
          return this;
        }

        @Override
        public void record(ObjectReference about, Type type, String reason, String message) {}
      };

  /// What users filter by.
  enum Type {
    NORMAL("Normal"),
    WARNING("Warning");

    private final String text;

    Type(String text) {
      this.text = text;
    }

    /// As it stands in an event.
    public String text() {
      return text;
    }
  }

  /// The same recorder, speaking as another component: `replicaset-controller`.
  EventRecorder as(String component);

  void record(ObjectReference about, Type type, String reason, String message);

  default void normal(HasMetadata about, String reason, String message) {
    record(reference(about), Type.NORMAL, reason, message);
  }

  default void warning(HasMetadata about, String reason, String message) {
    record(reference(about), Type.WARNING, reason, message);
  }

  static ObjectReference reference(HasMetadata object) {
    return new ObjectReferenceBuilder()
        .withApiVersion(object.getApiVersion())
        .withKind(object.getKind())
        .withNamespace(object.getMetadata().getNamespace())
        .withName(object.getMetadata().getName())
        .withUid(object.getMetadata().getUid())
        .withResourceVersion(object.getMetadata().getResourceVersion())
        .build();
  }
}
