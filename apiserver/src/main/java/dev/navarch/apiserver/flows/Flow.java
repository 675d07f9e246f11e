package dev.navarch.apiserver.flows;

import dev.navarch.apiserver.auth.Authorizer.Attributes;
import dev.navarch.apiserver.flows.FlowMetrics.Series;
import dev.navarch.http.Exchange;

/// The flow of a request: what its schema and its priority level make of it.
public final class Flow {
  private final FlowSchema schema;
  private final PriorityLevel level;
  private final Widths widths;
  private final Series series;

  /// @param series is told what becomes of the flow's requests
  Flow(FlowSchema schema, PriorityLevel level, Widths widths, Series series) {
    this.schema = schema;
    this.level = level;
    this.widths = widths;
    this.series = series;
  }

  boolean matches(Attributes asked) {
    return schema.matches().test(asked);
  }

  public String schemaUid() {
    return schema.uid();
  }

  public String levelUid() {
    return level.uid();
  }

  /// Does the work when the level has seats for it.
  public void run(Attributes asked, Exchange exchange, Runnable work) {
    long flow = 31L * schema.name().hashCode() + schema.distinguisher().of(asked);
    int width = level.isExempt() ? 1 : widths.of(asked, exchange, level.nominal());
    level.run(flow, width, series, work);
  }
}
