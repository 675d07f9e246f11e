package dev.navarch.client;

import io.fabric8.kubernetes.api.model.resource.v1.DeviceTaint;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceToleration;
import org.jspecify.annotations.Nullable;

/// Which requests may have devices that drivers or administrators keep others away from.
public final class DeviceTaints {
  private DeviceTaints() {}

  /// A toleration without a key or an effect is for all of them.
  public static boolean tolerates(DeviceToleration toleration, DeviceTaint taint) {
    boolean key = isEmpty(toleration.getKey()) || toleration.getKey().equals(taint.getKey());
    boolean effect =
        isEmpty(toleration.getEffect()) || toleration.getEffect().equals(taint.getEffect());
    boolean value =
        "Exists".equals(toleration.getOperator())
            || orEmpty(toleration.getValue()).equals(orEmpty(taint.getValue()));
    return key && effect && value;
  }

  private static boolean isEmpty(@Nullable String text) {
    return text == null || text.isEmpty();
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
