package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiException;
import dev.navarch.api.Kind;
import dev.navarch.api.selectors.FieldSelector;
import dev.navarch.api.selectors.LabelSelector;
import dev.navarch.apiserver.cache.CacheEntry;
import java.util.Optional;
import java.util.Set;

/// Which objects of a collection a client wants, by their labels and by a few fields that the kind
/// offers for it.
record Selection(LabelSelector labels, FieldSelector fields) {
  static final Selection EVERYTHING =
      new Selection(LabelSelector.EVERYTHING, FieldSelector.EVERYTHING);

  /// @param selectable fields that the kind offers, beyond name and namespace
  /// @throws ApiException BadRequest for a selector that is none, or asks for another field
  static Selection of(Kind kind, Set<String> selectable, String labels, String fields) {
    FieldSelector parsed = FieldSelector.parse(fields);
    for (FieldSelector.Term term : parsed.terms()) {
      boolean known =
          term.field().equals("metadata.name")
              || (term.field().equals("metadata.namespace") && kind.namespaced())
              || selectable.contains(term.field());
      if (!known) {
        throw ApiException.badRequest("field label not supported: " + term.field());
      }
    }
    return new Selection(LabelSelector.parse(labels), parsed);
  }

  boolean isEverything() {
    return labels.isEverything() && fields.terms().isEmpty();
  }

  /// The one key that can match: of a watch or list of a single object, as kubelets have many.
  Optional<String> onlyKey(Target target) {
    return target.kind().namespaced() && target.namespace().isEmpty()
        ? Optional.empty()
        : fields.exact("metadata.name").map(name -> target.named(name).key());
  }

  boolean matches(CacheEntry entry) {
    return (labels.isEverything() || labels.matches(entry.labels()))
        && (fields.terms().isEmpty() || fields.matches(entry::field));
  }
}
