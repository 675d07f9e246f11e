package dev.navarch.scheduler.devices;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Lists and maps of objects that may not be there.
public final class Lists {
  private Lists() {}

  public static <T> List<T> of(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }

  static <V> Map<String, V> of(@Nullable Map<String, V> map) {
    return map == null ? Map.of() : map;
  }
}
