package dev.navarch.client;

import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.Toleration;
import org.jspecify.annotations.Nullable;

/// Whether a toleration covers a taint.
public final class Tolerations {
  private Tolerations() {}

  public static boolean tolerates(Toleration toleration, Taint taint) {
    String effect = text(toleration.getEffect());
    String key = text(toleration.getKey());
    if ((!effect.isEmpty() && !effect.equals(taint.getEffect()))
        || (!key.isEmpty() && !key.equals(taint.getKey()))) {
      return false;
    }
    return switch (text(toleration.getOperator())) {
      case "Exists" -> true;
      case "", "Equal" -> text(toleration.getValue()).equals(text(taint.getValue()));
      default -> false;
    };
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }
}
