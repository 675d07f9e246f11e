package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Which kernel parameters a pod may set: those that touch nobody else, and those that the node's
/// owner allows.
///
/// @param allowed names, or beginnings of names with a `*` after them
record Sysctls(List<String> allowed) {
  private static final Set<String> SAFE =
      Set.of(
          "kernel.shm_rmid_forced",
          "net.ipv4.ip_local_port_range",
          "net.ipv4.tcp_syncookies",
          "net.ipv4.ping_group_range",
          "net.ipv4.ip_unprivileged_port_start",
          "net.ipv4.ip_local_reserved_ports",
          "net.ipv4.tcp_keepalive_time",
          "net.ipv4.tcp_fin_timeout",
          "net.ipv4.tcp_keepalive_intvl",
          "net.ipv4.tcp_keepalive_probes",
          "net.ipv4.tcp_rmem",
          "net.ipv4.tcp_wmem");
  private static final Set<String> OF_IPC =
      Set.of(
          "kernel.sem",
          "kernel.shmall",
          "kernel.shmmax",
          "kernel.shmmni",
          "kernel.shm_rmid_forced");

  Sysctls {
    for (String pattern : allowed) {
      if (!isOfIpc(pattern) && !isOfNetwork(pattern)) {
        throw new IllegalArgumentException(
            "allowedUnsafeSysctls: \"%s\" is in no namespace of its own, expected kernel.msg*, kernel.sem, kernel.shm*, fs.mqueue.* or net.*"
                .formatted(pattern));
      }
    }
    allowed = List.copyOf(allowed);
  }

  /// Why a pod is not taken.
  Optional<String> refusal(Pod pod) {
    var spec = pod.getSpec();
    if (spec.getSecurityContext() == null) {
      return Optional.empty();
    }
    List<String> refused = new ArrayList<>();
    for (var sysctl : spec.getSecurityContext().getSysctls()) {
      String name = normal(sysctl.getName());
      if (isOfNetwork(name) && SandboxConfigs.isHostNetwork(pod)) {
        refused.add("\"%s\" not allowed with host net enabled".formatted(sysctl.getName()));
      } else if (isOfIpc(name) && Boolean.TRUE.equals(spec.getHostIPC())) {
        refused.add("\"%s\" not allowed with host ipc enabled".formatted(sysctl.getName()));
      } else if (!isAllowed(name)) {
        refused.add("\"%s\" not allowlisted".formatted(sysctl.getName()));
      }
    }
    return refused.stream().findFirst().map(why -> "forbidden sysctl: " + why);
  }

  /// The name with dots, however it was written: `net/ipv4/conf/eth0.1/mtu` has a dot in a part.
  static String normal(String name) {
    int slash = name.indexOf('/');
    int dot = name.indexOf('.');
    if (slash < 0 || (dot >= 0 && dot < slash)) {
      return name;
    }
    return name.replace('.', '\0').replace('/', '.').replace('\0', '/');
  }

  private boolean isAllowed(String name) {
    return SAFE.contains(name)
        || allowed.stream()
            .map(Sysctls::normal)
            .anyMatch(
                pattern ->
                    pattern.endsWith("*")
                        ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                        : pattern.equals(name));
  }

  private static boolean isOfIpc(String name) {
    String bare = name.replace("*", "");
    return OF_IPC.contains(bare)
        || bare.startsWith("kernel.msg")
        || bare.startsWith("kernel.shm")
        || bare.startsWith("fs.mqueue.");
  }

  private static boolean isOfNetwork(String name) {
    return name.startsWith("net.");
  }
}
