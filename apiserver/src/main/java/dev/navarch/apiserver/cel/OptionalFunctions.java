package dev.navarch.apiserver.cel;

import com.google.common.primitives.UnsignedLong;
import dev.cel.common.values.CelByteString;
import dev.cel.common.values.NullValue;
import dev.navarch.apiserver.cel.Functions.Function;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Values that may be missing: `optional.of`, `optional.none`, `hasValue`, `value` and the rest.
final class OptionalFunctions {
  private OptionalFunctions() {}

  static Map<String, Function> functions() {
    return Map.of(
        "optional.of", args -> Optional.of(args.getFirst()),
        "optional.none", args -> Optional.empty(),
        "optional.ofNonZeroValue",
            args -> isZero(args.getFirst()) ? Optional.empty() : Optional.of(args.getFirst()),
        "hasValue", args -> optional(args.getFirst()).isPresent(),
        "value",
            args ->
                optional(args.getFirst())
                    .map(Object.class::cast)
                    .orElseThrow(() -> new EvaluationFailed("optional.none() dereference")),
        "optional.unwrap", OptionalFunctions::unwrap,
        "unwrapOpt", OptionalFunctions::unwrap,
        "first", args -> StandardFunctions.list(args.getFirst()).stream().findFirst(),
        "last", args -> StandardFunctions.list(args.getFirst()).reversed().stream().findFirst());
  }

  private static Object unwrap(List<Object> args) {
    List<Object> present = new ArrayList<>();
    for (Object element : StandardFunctions.list(args.getFirst())) {
      optional(element).ifPresent(present::add);
    }
    return present;
  }

  private static Optional<?> optional(Object value) {
    if (value instanceof Optional<?> optional) {
      return optional;
    }
    throw EvaluationFailed.noSuchOverload();
  }

  private static boolean isZero(Object value) {
    return switch (value) {
      case NullValue _ -> true;
      case Boolean bool -> !bool;
      case Long number -> number == 0;
      case UnsignedLong number -> number.equals(UnsignedLong.ZERO);
      case Double number -> number == 0;
      case String text -> text.isEmpty();
      case CelByteString bytes -> bytes.isEmpty();
      case Duration duration -> duration.isZero();
      case List<?> list -> list.isEmpty();
      case Map<?, ?> map -> map.isEmpty();
      case Optional<?> optional -> optional.isEmpty();
      case Fields fields -> fields.present().isEmpty();
      default -> false;
    };
  }
}
