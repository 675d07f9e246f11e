package dev.navarch.apiserver.cel;

import dev.cel.common.types.CelType;
import dev.cel.common.types.SimpleType;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What an expression may expect of a value: how the checker sees it, how a document's node becomes
/// it, and how large it can get at most, which is what costs are estimated from.
public sealed interface DeclaredType {
  /// The largest request that upstream reckons with when a schema states no limit.
  long MAX_REQUEST_BYTES = 3L * 1024 * 1024;

  DeclaredType DYN = new Scalar(SimpleType.DYN, 1, MAX_REQUEST_BYTES - 2);
  DeclaredType BOOL = new Scalar(SimpleType.BOOL, 4, 0);
  DeclaredType INT = new Scalar(SimpleType.INT, 1, 0);
  DeclaredType DOUBLE = new Scalar(SimpleType.DOUBLE, 1, 0);

  /// The keys of a map, to whose length upstream gives no weight.
  DeclaredType KEY = new Scalar(SimpleType.STRING, 2, 0);

  DeclaredType STRING = new Scalar(SimpleType.STRING, 2, MAX_REQUEST_BYTES - 2);

  /// Characters of a string, entries of a list or map; 0 for what has no length.
  long maxElements();

  /// The fewest bytes of JSON that a value takes.
  long minSize();

  /// Anything without parts. Its CEL type decides how a node is read: a string that is declared as
  /// a timestamp becomes one.
  record Scalar(CelType cel, long minSize, long maxElements) implements DeclaredType {}

  /// @param kind sets and maps compare without regard to order, and merge when they are added
  /// @param keys the fields that identify an element of a list of kind MAP
  record ListOf(DeclaredType element, long maxElements, ListKind kind, List<String> keys)
      implements DeclaredType {
    @Override
    public long minSize() {
      return 2;
    }
  }

  /// A map from strings.
  record MapOf(DeclaredType value, long maxElements) implements DeclaredType {
    @Override
    public long minSize() {
      return 2;
    }
  }

  /// An object with fields of known names. Fields are looked at when first needed: types may
  /// contain themselves.
  ///
  /// @param name identifies the type within one environment
  record ObjectOf(String name, long minSize, Supplier<Map<String, DeclaredType>> lazyFields)
      implements DeclaredType {
    /// The fields by their names in documents.
    public Map<String, DeclaredType> fields() {
      return lazyFields.get();
    }

    /// The field that an expression names in its escaped form; null when there is none.
    @Nullable DeclaredType field(String escaped) {
      return fields().get(FieldNames.unescape(escaped));
    }

    @Override
    public long maxElements() {
      return 0;
    }
  }

  enum ListKind {
    ATOMIC,
    SET,
    MAP
  }
}
