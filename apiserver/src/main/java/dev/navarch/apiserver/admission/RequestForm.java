package dev.navarch.apiserver.admission;

import dev.navarch.api.Kind;
import tools.jackson.databind.node.ObjectNode;

/// What others see of a request. It is worked on in one version of its kind; webhooks and policies
/// see it in the version that they ask for, and what is written below an object as what it is: a
/// Scale, a Binding, an Eviction.
public interface RequestForm {

  /// The version of the kind in which the request came.
  Kind requested();

  /// The name of the type that is shown, as `io.k8s.api.autoscaling.v1.Scale`; empty for the kind
  /// itself.
  String type();

  /// An object as another version of its kind shows it: a copy, or the very same where nothing
  /// differs.
  ObjectNode shown(ObjectNode object, Kind as);

  /// A shown object, changed, as it is worked on; the given one may be used up.
  ///
  /// @param before what is worked on, without the change
  ObjectNode worked(ObjectNode shown, Kind as, ObjectNode before);

  /// A document that is seen as it was sent.
  ///
  /// @param type empty for the kind itself
  static RequestForm asSent(Kind kind, String type) {
    return new AsSent(kind, type);
  }

  /// The one form of most requests.
  record AsSent(Kind requested, String type) implements RequestForm {
    @Override
    public ObjectNode shown(ObjectNode object, Kind as) {
      return object;
    }

    @Override
    public ObjectNode worked(ObjectNode shown, Kind as, ObjectNode before) {
      return shown;
    }
  }
}
