package dev.navarch.apiserver.cel;

import java.util.Map;
import java.util.Optional;

/// What an expression's names stand for during one evaluation.
@FunctionalInterface
public interface Variables {
  Optional<Object> value(String name);

  static Variables of(Map<String, Object> values) {
    return name -> Optional.ofNullable(values.get(name));
  }
}
