package dev.navarch.apiserver.admission;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// The controls of the Pod Security Standards' `baseline`: against known ways out of a container.
record BaselineControls(PodUnderCheck pod) {
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
  private static final Set<String> SYSCTLS =
      Set.of(
          "kernel.shm_rmid_forced",
          "net.ipv4.ip_local_port_range",
          "net.ipv4.ip_local_reserved_ports",
          "net.ipv4.ip_unprivileged_port_start",
          "net.ipv4.ping_group_range",
          "net.ipv4.tcp_fin_timeout",
          "net.ipv4.tcp_keepalive_intvl",
          "net.ipv4.tcp_keepalive_probes",
          "net.ipv4.tcp_keepalive_time",
          "net.ipv4.tcp_rmem",
          "net.ipv4.tcp_syncookies",
          "net.ipv4.tcp_wmem");
  private static final Set<String> SELINUX_TYPES =
      Set.of("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t");

  private static final List<String> HANDLERS =
      Stream.of(
              "/livenessProbe",
              "/readinessProbe",
              "/startupProbe",
              "/lifecycle/postStart",
              "/lifecycle/preStop")
          .flatMap(at -> Stream.of(at + "/httpGet/host", at + "/tcpSocket/host"))
          .toList();

  /// @param replaced whether the stricter controls of `restricted` are looked at anyway
  void check(boolean replaced) {
    profiles("appArmorProfile", "forbidden AppArmor profile", "AppArmor profile type");
    if (!replaced) {
      addedCapabilities();
    }
    hostNamespaces();
    if (!replaced) {
      hostPaths();
    }
    hostPorts();
    hostHandlers();
    forbidFlag("privileged", "securityContext.privileged=true", "privileged");
    procMounts();
    seLinux();
    if (!replaced) {
      profiles("seccompProfile", "seccompProfile", "securityContext.seccompProfile.type");
    }
    sysctls();
    hostProcesses();
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
          return !SELINUX_TYPES.contains(options.path("type").asString(""))
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
            .filter(name -> !SYSCTLS.contains(name))
            .sorted()
            .collect(Collectors.joining(", "));
    if (!names.isEmpty()) {
      pod.find("forbidden sysctls", names);
    }
  }
}
