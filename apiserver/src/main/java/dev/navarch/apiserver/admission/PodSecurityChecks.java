package dev.navarch.apiserver.admission;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// The controls of the Pod Security Standards, `baseline` and `restricted`, and what each finds in
/// a pod. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/.
final class PodSecurityChecks {
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
  private static final Set<String> VOLUMES =
      Set.of(
          "configMap",
          "csi",
          "downwardAPI",
          "emptyDir",
          "ephemeral",
          "image",
          "persistentVolumeClaim",
          "projected",
          "secret");

  private final JsonNode spec;
  private final List<Finding> findings = new ArrayList<>();

  /// One control that a pod breaks: `privileged (container "a" must not set …)`.
  record Finding(String reason, String detail) {
    @Override
    public String toString() {
      return "%s (%s)".formatted(reason, detail);
    }
  }

  private PodSecurityChecks(JsonNode pod) {
    this.spec = pod.path("spec");
  }

  /// @param replaced whether the stricter controls of `restricted` are looked at anyway
  static List<Finding> baseline(JsonNode pod, boolean replaced) {
    PodSecurityChecks checks = new PodSecurityChecks(pod);
    checks.profiles("appArmorProfile", "forbidden AppArmor profile", "AppArmor profile type");
    if (!replaced) {
      checks.addedCapabilities();
    }
    checks.hostNamespaces();
    if (!replaced) {
      checks.hostPaths();
    }
    checks.hostPorts();
    checks.forbidFlag("privileged", "securityContext.privileged=true", "privileged");
    checks.procMounts();
    checks.seLinux();
    if (!replaced) {
      checks.profiles("seccompProfile", "seccompProfile", "securityContext.seccompProfile.type");
    }
    checks.sysctls();
    checks.hostProcesses();
    return checks.findings;
  }

  static List<Finding> restricted(JsonNode pod) {
    List<Finding> all = new ArrayList<>(baseline(pod, true));
    PodSecurityChecks checks = new PodSecurityChecks(pod);
    boolean windows = pod.at("/spec/os/name").asString("").equals("windows");
    if (!windows) {
      checks.escalation();
      checks.droppedCapabilities();
    }
    checks.volumes();
    checks.nonRoot();
    checks.rootUser();
    if (!windows) {
      checks.requiredSeccomp();
    }
    all.addAll(checks.findings);
    return all;
  }

  private Stream<JsonNode> containers() {
    return Stream.of("initContainers", "containers", "ephemeralContainers")
        .flatMap(list -> spec.path(list).valueStream());
  }

  private List<String> names(Predicate<JsonNode> securityContext) {
    return containers()
        .filter(container -> securityContext.test(container.path("securityContext")))
        .map(container -> container.path("name").asString(""))
        .toList();
  }

  private void find(String reason, String detail) {
    findings.add(new Finding(reason, detail));
  }

  private static String some(String noun, List<String> names) {
    return noun + (names.size() == 1 ? " " : "s ") + quoted(names);
  }

  private static String quoted(Iterable<String> names) {
    return Stream.of(String.join("\n", names).split("\n", -1))
        .map(name -> '"' + name + '"')
        .collect(Collectors.joining(", "));
  }

  private void forbidFlag(String field, String shown, String reason) {
    List<String> names = names(security -> security.path(field).asBoolean(false));
    if (!names.isEmpty()) {
      find(reason, some("container", names) + " must not set " + shown);
    }
  }

  private void hostNamespaces() {
    String shared =
        Stream.of("hostNetwork", "hostPID", "hostIPC")
            .filter(field -> spec.path(field).asBoolean(false))
            .map(field -> field + "=true")
            .collect(Collectors.joining(", "));
    if (!shared.isEmpty()) {
      find("host namespaces", shared);
    }
  }

  private void hostPaths() {
    List<String> names =
        spec.path("volumes")
            .valueStream()
            .filter(volume -> volume.has("hostPath"))
            .map(volume -> volume.path("name").asString(""))
            .toList();
    if (!names.isEmpty()) {
      find("hostPath volumes", some("volume", names));
    }
  }

  private void hostPorts() {
    List<String> names = new ArrayList<>();
    Set<String> ports = new LinkedHashSet<>();
    containers()
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
      find(
          "hostPort",
          "%s %s hostPort%s %s"
              .formatted(
                  some("container", names),
                  names.size() == 1 ? "uses" : "use",
                  ports.size() == 1 ? "" : "s",
                  String.join(", ", ports)));
    }
  }

  private void addedCapabilities() {
    capabilities("non-default capabilities", BASELINE_CAPABILITIES, List.of());
  }

  private void droppedCapabilities() {
    List<String> names =
        names(
            security ->
                security
                    .at("/capabilities/drop")
                    .valueStream()
                    .noneMatch(capability -> capability.asString("").equals("ALL")));
    capabilities(
        "unrestricted capabilities",
        Set.of("NET_BIND_SERVICE"),
        names.isEmpty()
            ? List.of()
            : List.of(
                some("container", names)
                    + " must set securityContext.capabilities.drop=[\"ALL\"]"));
  }

  private void capabilities(String reason, Set<String> allowed, List<String> before) {
    List<String> names = new ArrayList<>();
    Set<String> added = new LinkedHashSet<>();
    containers()
        .forEach(
            container -> {
              List<String> own =
                  container
                      .at("/securityContext/capabilities/add")
                      .valueStream()
                      .map(capability -> capability.asString(""))
                      .filter(capability -> !allowed.contains(capability))
                      .toList();
              if (!own.isEmpty()) {
                names.add(container.path("name").asString(""));
                added.addAll(own);
              }
            });
    List<String> details = new ArrayList<>(before);
    if (!names.isEmpty()) {
      details.add(
          "%s must not include %s in securityContext.capabilities.add"
              .formatted(some("container", names), quoted(added)));
    }
    if (!details.isEmpty()) {
      find(reason, String.join("; ", details));
    }
  }

  private void procMounts() {
    List<String> names =
        names(security -> !security.path("procMount").asString("Default").matches("Default|"));
    if (!names.isEmpty() && spec.path("hostUsers").asBoolean(true)) {
      find(
          "procMount",
          some("container", names) + " must not set securityContext.procMount to \"Unmasked\"");
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
    podOrContainers(bad, "seLinuxOptions", " set forbidden securityContext.seLinuxOptions");
  }

  private void profiles(String field, String reason, String shown) {
    podOrContainers(
        security -> security.path(field).path("type").asString("").equals("Unconfined"),
        reason,
        " must not set %s to \"Unconfined\"".formatted(shown));
  }

  private void hostProcesses() {
    podOrContainers(
        security -> security.at("/windowsOptions/hostProcess").asBoolean(false),
        "hostProcess",
        " must not set securityContext.windowsOptions.hostProcess=true");
  }

  private void podOrContainers(Predicate<JsonNode> bad, String reason, String what) {
    List<String> details = new ArrayList<>();
    List<String> names = names(bad);
    if (bad.test(spec.path("securityContext"))) {
      details.add("pod" + what);
    }
    if (!names.isEmpty()) {
      details.add(some("container", names) + what);
    }
    if (!details.isEmpty()) {
      find(reason, String.join(" and ", details));
    }
  }

  private void sysctls() {
    String names =
        spec.at("/securityContext/sysctls")
            .valueStream()
            .map(sysctl -> sysctl.path("name").asString(""))
            .filter(name -> !SYSCTLS.contains(name))
            .sorted()
            .collect(Collectors.joining(", "));
    if (!names.isEmpty()) {
      find("forbidden sysctls", names);
    }
  }

  private void escalation() {
    List<String> names =
        names(security -> security.path("allowPrivilegeEscalation").asBoolean(true));
    if (!names.isEmpty()) {
      find(
          "allowPrivilegeEscalation != false",
          some("container", names) + " must set securityContext.allowPrivilegeEscalation=false");
    }
  }

  private void volumes() {
    List<String> names = new ArrayList<>();
    Set<String> types = new LinkedHashSet<>();
    for (JsonNode volume : spec.path("volumes")) {
      List<String> own =
          volume.properties().stream()
              .map(field -> field.getKey())
              .filter(field -> !field.equals("name") && !VOLUMES.contains(field))
              .toList();
      if (!own.isEmpty()) {
        names.add(volume.path("name").asString(""));
        types.addAll(own);
      }
    }
    if (!names.isEmpty()) {
      find(
          "restricted volume types",
          "%s %s restricted volume type%s %s"
              .formatted(
                  some("volume", names),
                  names.size() == 1 ? "uses" : "use",
                  types.size() == 1 ? "" : "s",
                  quoted(types)));
    }
  }

  private void nonRoot() {
    JsonNode ofPod = spec.at("/securityContext/runAsNonRoot");
    List<String> refusing = names(s -> isFalse(s.path("runAsNonRoot")));
    List<String> silent = names(s -> !s.path("runAsNonRoot").isBoolean());
    List<String> details = new ArrayList<>();
    if (!refusing.isEmpty()) {
      details.add(some("container", refusing) + " must not set securityContext.runAsNonRoot=false");
    }
    if (!ofPod.asBoolean(false) && !silent.isEmpty()) {
      details.add(
          isFalse(ofPod)
              ? "pod must not set securityContext.runAsNonRoot=false"
              : "pod or "
                  + some("container", silent)
                  + " must set securityContext.runAsNonRoot=true");
    }
    if (!details.isEmpty()) {
      find("runAsNonRoot != true", String.join(" and ", details));
    }
  }

  private static boolean isFalse(JsonNode flag) {
    return flag.isBoolean() && !flag.asBoolean(false);
  }

  private void rootUser() {
    podOrContainers(
        security ->
            security.path("runAsUser").isNumber() && security.path("runAsUser").asLong(0) == 0,
        "runAsUser=0",
        " must not set runAsUser=0");
  }

  private void requiredSeccomp() {
    String ofPod = spec.at("/securityContext/seccompProfile/type").asString("");
    List<String> unconfined = names(s -> seccomp(s).equals("Unconfined"));
    List<String> silent = names(s -> seccomp(s).isEmpty());
    List<String> details = new ArrayList<>();
    if (!unconfined.isEmpty()) {
      details.add(
          some("container", unconfined)
              + " must not set securityContext.seccompProfile.type to \"Unconfined\"");
    }
    if (!silent.isEmpty() && !Set.of("RuntimeDefault", "Localhost").contains(ofPod)) {
      details.add(
          "pod or "
              + some("container", silent)
              + " must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \"Localhost\"");
    }
    if (!details.isEmpty()) {
      find("seccompProfile", String.join(" and ", details));
    }
  }

  private static String seccomp(JsonNode security) {
    return security.at("/seccompProfile/type").asString("");
  }
}
