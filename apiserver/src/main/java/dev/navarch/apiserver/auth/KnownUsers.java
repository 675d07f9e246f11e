package dev.navarch.apiserver.auth;

/// Allows everything to everybody who has shown who they are: for clusters that only one person can
/// reach. Nobody known is let in by this.
public record KnownUsers() implements Authorizer {
  @Override
  public Decision decide(Attributes asked) {
    return new Decision(asked.user().groups().contains("system:authenticated"), "");
  }
}
