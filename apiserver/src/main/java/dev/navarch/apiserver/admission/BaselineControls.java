package dev.navarch.apiserver.admission;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// The controls of the Pod Security Standards' `baseline`: against known ways out of a container.
///
/// @param minor the version of the standard
record BaselineControls(PodUnderCheck pod, int minor) {
  private static final Set<String> BASELINE_CAPABILITIES =
      Set.of(
          "AUDIT_WRITE",
          "CHOWN",
          "DAC_OVERRIDE",
          "FOWNER",
          "FSETID",
          "KILL",
          "MKNOD",
          "NET_BIND_SERVICE",
          "SETFCAP",
          "SETGID",
          "SETPCAP",
          "SETUID",
          "SYS_CHROOT");

  /// Sysctls that change nothing outside of the pod, and since which version they are allowed.
  private static final Map<String, Integer> SYSCTLS =
      Map.ofEntries(
          Map.entry("kernel.shm_rmid_forced", 0),
          Map.entry("net.ipv4.ip_local_port_range", 0),
          Map.entry("net.ipv4.ip_unprivileged_port_start", 0),
          Map.entry("net.ipv4.ping_group_range", 0),
          Map.entry("net.ipv4.tcp_syncookies", 0),
          Map.entry("net.ipv4.ip_local_reserved_ports", 27),
          Map.entry("net.ipv4.tcp_fin_timeout", 29),
          Map.entry("net.ipv4.tcp_keepalive_intvl", 29),
          Map.entry("net.ipv4.tcp_keepalive_probes", 29),
          Map.entry("net.ipv4.tcp_keepalive_time", 29),
          Map.entry("net.ipv4.tcp_rmem", 32),
          Map.entry("net.ipv4.tcp_wmem", 32));

  private static final Map<String, Integer> SELINUX_TYPES =
      Map.of(
          "", 0,
          "container_t", 0,
          "container_init_t", 0,
          "container_kvm_t", 0,
          "container_engine_t", 31);

  private static final List<String> HANDLERS =
      Stream.of(
              "/livenessProbe",
              "/readinessProbe",
              "/startupProbe",
              "/lifecycle/postStart",
              "/lifecycle/preStop")
          .flatMap(at -> Stream.of(at + "/httpGet/host", at + "/tcpSocket/host"))
          .toList();

  /// @param restricted whether the stricter controls of `restricted` are looked at, too
  void check(boolean restricted) {
    profiles("appArmorProfile", "forbidden AppArmor profile", "AppArmor profile type");
    appArmorAnnotations();
    if (!restricted || minor < RestrictedControls.DROPPED_CAPABILITIES_SINCE) {
      addedCapabilities();
    }
    hostNamespaces();
    if (!restricted) {
      hostPaths();
    }
    hostPorts();
    if (minor >= 34) {
      hostHandlers();
    }
    forbidFlag("privileged", "securityContext.privileged=true", "privileged");
    procMounts();
    seLinux();
    if (minor < 19) {
      seccompAnnotations();
    } else if (!restricted) {
      profiles("seccompProfile", "seccompProfile", "securityContext.seccompProfile.type");
    }
    sysctls();
    hostProcesses();
  }

  private boolean isAllowed(Map<String, Integer> since, String name) {
    Integer first = since.get(name);
    return first != null && minor >= first;
  }

  private void forbidFlag(String field, String shown, String reason) {
    List<String> names = pod.names(security -> security.path(field).asBoolean(false));
    if (!names.isEmpty()) {
      pod.find(reason, PodUnderCheck.some("container", names) + " must not set " + shown);
    }
  }

  private void hostNamespaces() {
    String shared =
        Stream.of("hostNetwork", "hostPID", "hostIPC")
            .filter(field -> pod.spec().path(field).asBoolean(false))
            .map(field -> field + "=true")
            .collect(Collectors.joining(", "));
    if (!shared.isEmpty()) {
      pod.find("host namespaces", shared);
    }
  }

  private void hostPaths() {
    List<String> names =
        pod.spec()
            .path("volumes")
            .valueStream()
            .filter(volume -> volume.has("hostPath"))
            .map(volume -> volume.path("name").asString(""))
            .toList();
    if (!names.isEmpty()) {
      pod.find("hostPath volumes", PodUnderCheck.some("volume", names));
    }
  }

  private void hostPorts() {
    List<String> names = new ArrayList<>();
    Set<String> ports = new LinkedHashSet<>();
    pod.containers()
        .forEach(
            container -> {
              List<String> own =
                  container
                      .path("ports")
                      .valueStream()
                      .filter(port -> port.path("hostPort").asInt(0) != 0)
                      .map(port -> port.path("hostPort").asString(""))
                      .toList();
              if (!own.isEmpty()) {
                names.add(container.path("name").asString(""));
                ports.addAll(own);
              }
            });
    if (!names.isEmpty()) {
      pod.find(
          "hostPort",
          "%s %s hostPort%s %s"
              .formatted(
                  PodUnderCheck.some("container", names),
                  names.size() == 1 ? "uses" : "use",
                  ports.size() == 1 ? "" : "s",
                  String.join(", ", ports)));
    }
  }

  /// Probes and hooks that would let the node ask other hosts than the pod.
  private void hostHandlers() {
    Set<String> names = new TreeSet<>();
    Set<String> hosts = new TreeSet<>();
    pod.containers()
        .forEach(
            container -> {
              List<String> own =
                  HANDLERS.stream()
                      .map(container::at)
                      .map(host -> host.asString(""))
                      .filter(host -> !host.isEmpty())
                      .toList();
              if (!own.isEmpty()) {
                names.add(container.path("name").asString(""));
                hosts.addAll(own);
              }
            });
    if (!names.isEmpty()) {
      pod.find(
          "probe or lifecycle host",
          "%s %s probe or lifecycle host%s %s"
              .formatted(
                  PodUnderCheck.some("container", List.copyOf(names)),
                  names.size() == 1 ? "uses" : "use",
                  hosts.size() == 1 ? "" : "s",
                  PodUnderCheck.quoted(hosts)));
    }
  }

  private void addedCapabilities() {
    pod.capabilities("non-default capabilities", BASELINE_CAPABILITIES, List.of());
  }

  private void procMounts() {
    List<String> names =
        pod.names(security -> !security.path("procMount").asString("Default").matches("Default|"));
    if (!names.isEmpty() && pod.spec().path("hostUsers").asBoolean(true)) {
      pod.find(
          "procMount",
          PodUnderCheck.some("container", names)
              + " must not set securityContext.procMount to \"Unmasked\"");
    }
  }

  private void seLinux() {
    Predicate<JsonNode> bad =
        security -> {
          JsonNode options = security.path("seLinuxOptions");
          return !isAllowed(SELINUX_TYPES, options.path("type").asString(""))
              || !options.path("user").asString("").isEmpty()
              || !options.path("role").asString("").isEmpty();
        };
    pod.podOrContainers(bad, "seLinuxOptions", " set forbidden securityContext.seLinuxOptions");
  }

  private void profiles(String field, String reason, String shown) {
    pod.podOrContainers(
        security -> security.path(field).path("type").asString("").equals("Unconfined"),
        reason,
        " must not set %s to \"Unconfined\"".formatted(shown));
  }

  /// How profiles were named before version 1.19 had fields for them.
  private void seccompAnnotations() {
    Set<String> keys = new TreeSet<>(Set.of("seccomp.security.alpha.kubernetes.io/pod"));
    pod.containers()
        .map(container -> container.path("name").asString(""))
        .forEach(name -> keys.add("container.seccomp.security.alpha.kubernetes.io/" + name));
    List<String> bad =
        pod.annotations(
            keys::contains,
            profile ->
                Set.of("runtime/default", "docker/default").contains(profile)
                    || profile.startsWith("localhost/"));
    if (!bad.isEmpty()) {
      pod.find(
          "seccompProfile",
          "forbidden annotation%s %s"
              .formatted(bad.size() == 1 ? "" : "s", String.join(", ", bad)));
    }
  }

  /// The older form of the AppArmor profile's field.
  private void appArmorAnnotations() {
    List<String> bad =
        pod.annotations(
            key -> key.startsWith("container.apparmor.security.beta.kubernetes.io/"),
            profile ->
                Set.of("", "runtime/default").contains(profile)
                    || profile.startsWith("localhost/"));
    if (!bad.isEmpty()) {
      pod.find("forbidden AppArmor profile" + (bad.size() == 1 ? "" : "s"), String.join(", ", bad));
    }
  }

  private void hostProcesses() {
    pod.podOrContainers(
        security -> security.at("/windowsOptions/hostProcess").asBoolean(false),
        "hostProcess",
        " must not set securityContext.windowsOptions.hostProcess=true");
  }

  private void sysctls() {
    String names =
        pod.spec()
            .at("/securityContext/sysctls")
            .valueStream()
            .map(sysctl -> sysctl.path("name").asString(""))
            .filter(name -> !isAllowed(SYSCTLS, name))
            .sorted()
            .collect(Collectors.joining(", "));
    if (!names.isEmpty()) {
      pod.find("forbidden sysctls", names);
    }
  }
}
