package dev.navarch.node.pods;

/// Labels and annotations by which the agent knows its pods and containers in the runtime again,
/// also after it was restarted. They equal upstream's, so that tools which read them work.
public final class CriNames {
  public static final String POD_NAME = "io.kubernetes.pod.name";
  public static final String POD_NAMESPACE = "io.kubernetes.pod.namespace";
  public static final String POD_UID = "io.kubernetes.pod.uid";
  public static final String CONTAINER_NAME = "io.kubernetes.container.name";
  static final String HASH = "io.kubernetes.container.hash";
  static final String RESTART_COUNT = "io.kubernetes.container.restartCount";
  static final String MESSAGE_PATH = "io.kubernetes.container.terminationMessagePath";
  static final String MESSAGE_POLICY = "io.kubernetes.container.terminationMessagePolicy";
  static final String MESSAGE_FILE = "dev.navarch.container.terminationMessageFile";
  static final String LIFE = "dev.navarch.pod.life";
  static final String GRACE = "io.kubernetes.pod.terminationGracePeriod";

  private CriNames() {}
}
