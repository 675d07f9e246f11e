package dev.navarch.app;

/// Which Navarch this is, and which Kubernetes it speaks.
public final class Version {
  public static final String NAVARCH = "0.1.0";
  public static final String KUBERNETES = "v1.36.4+navarch-" + NAVARCH;

  private Version() {}
}
