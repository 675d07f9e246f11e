package dev.navarch.apiserver.flows;

import dev.navarch.apiserver.auth.Authorizer.Attributes;
import java.util.function.Consumer;

/// The flow of a request: what its schema and its priority level make of it.
public final class Flow {
  private final FlowSchema schema;
  private final PriorityLevel level;
  private final Consumer<String> refused;

  /// @param refused is told why a request of this flow was refused
  Flow(FlowSchema schema, PriorityLevel level, Consumer<String> refused) {
    this.schema = schema;
    this.level = level;
    this.refused = refused;
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

  /// Does the work when the level has a seat for it.
  public void run(Attributes asked, Runnable work) {
    level.run(31L * schema.name().hashCode() + schema.distinguisher().of(asked), refused, work);
  }
}
