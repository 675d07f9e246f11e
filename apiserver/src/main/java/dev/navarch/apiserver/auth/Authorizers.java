package dev.navarch.apiserver.auth;

import java.util.List;

/// Several authorizers as one: the first that allows decides; members of `system:masters` are not
/// asked about.
public record Authorizers(List<Authorizer> each) implements Authorizer {
  public Authorizers {
    each = List.copyOf(each);
  }

  @Override
  public Decision decide(Attributes asked) {
    if (asked.user().groups().contains("system:masters")) {
      return new Decision(true, "");
    }
    String reasons = "";
    for (Authorizer one : each) {
      Decision decision = one.decide(asked);
      if (decision.allowed()) {
        return decision;
      }
      if (!decision.reason().isEmpty()) {
        reasons = reasons.isEmpty() ? decision.reason() : reasons + ", " + decision.reason();
      }
    }
    return new Decision(false, reasons);
  }
}
