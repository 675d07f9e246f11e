package dev.navarch.apiserver.discovery;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Which Kubernetes this server speaks, and which Navarch it is: what `/version` answers.
public final class VersionInfo {
  public static final String KUBERNETES = "v1.36.4";
  public static final String NAVARCH = "0.1.0";

  /// `v1.36.4+navarch-0.1.0`: clients compare what stands before the plus.
  public static final String GIT_VERSION = KUBERNETES + "+navarch-" + NAVARCH;

  private VersionInfo() {}

  static ObjectNode document() {
    String[] numbers = KUBERNETES.substring(1).split("\\.");
    return JsonNodeFactory.instance
        .objectNode()
        .put("major", numbers[0])
        .put("minor", numbers[1])
        .put("gitVersion", GIT_VERSION)
        .put("gitCommit", "")
        .put("gitTreeState", "")
        .put("buildDate", "1970-01-01T00:00:00Z")
        .put("goVersion", "java" + Runtime.version())
        .put("compiler", System.getProperty("java.vm.name"))
        .put("platform", platform());
  }

  /// `linux/amd64`, in Go's words.
  private static String platform() {
    String arch = System.getProperty("os.arch");
    return "linux/" + (arch.equals("aarch64") ? "arm64" : arch);
  }
}
