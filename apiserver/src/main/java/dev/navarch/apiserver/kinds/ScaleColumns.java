package dev.navarch.apiserver.kinds;

import dev.navarch.apiserver.kinds.KindRules.Column;
import java.util.List;

/// What `kubectl get --subresource=scale` shows of whatever has replicas.
public final class ScaleColumns {
  public static final List<Column> ALL =
      List.of(
          Column.NAME,
          Columns.number("Desired", "How many replicas are asked for.", "/spec/replicas"),
          Columns.number("Available", "How many replicas there are.", "/status/replicas"),
          Column.AGE);

  private ScaleColumns() {}
}
