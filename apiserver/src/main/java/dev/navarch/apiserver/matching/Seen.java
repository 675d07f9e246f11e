package dev.navarch.apiserver.matching;

import dev.navarch.api.Kind;
import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import dev.navarch.apiserver.admission.RequestForm;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// A request as one webhook or policy sees it: its objects in the version that is asked for.
///
/// @param request what is seen; changes to its objects have no effect but through {@link #change}
/// @param origin what is worked on
public record Seen(Request request, Request origin) {

  public static Seen as(Kind kind, Request origin) {
    RequestForm form = origin.form();
    Request request =
        new Request(
            origin.operation(),
            kind,
            origin.subresource(),
            origin.namespace(),
            origin.name(),
            shown(form, origin.object(), kind),
            shown(form, origin.old(), kind),
            origin.user(),
            origin.dryRun(),
            form);
    return new Seen(request, origin);
  }

  private static @Nullable ObjectNode shown(
      RequestForm form, @Nullable ObjectNode object, Kind kind) {
    return object == null ? null : form.shown(object, kind);
  }

  /// Makes the object that is worked on what was made of the one that is seen.
  @SuppressWarnings("ReferenceEquality")
  public void change(ObjectNode changed) {
    ObjectNode own = origin.content();
    ObjectNode seen = request.content();
    replace(seen, changed);
    if (own != seen) {
      replace(own, origin.form().worked(seen.deepCopy(), request.kind(), own));
    }
  }

  @SuppressWarnings("ReferenceEquality")
  private static void replace(ObjectNode object, ObjectNode by) {
    if (object != by) {
      object.removeAll();
      object.setAll(by);
    }
  }
}
