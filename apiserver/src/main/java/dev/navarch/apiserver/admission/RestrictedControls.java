package dev.navarch.apiserver.admission;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// What `restricted` of the Pod Security Standards asks for beyond `baseline`.
///
/// @param minor the version of the standard
record RestrictedControls(PodUnderCheck pod, int minor) {
  static final int DROPPED_CAPABILITIES_SINCE = 22;
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

  void check() {
    boolean windows = minor >= 25 && pod.spec().at("/os/name").asString("").equals("windows");
    if (minor >= 8 && !windows) {
      escalation();
    }
    if (minor >= DROPPED_CAPABILITIES_SINCE && !windows) {
      droppedCapabilities();
    }
    volumes();
    nonRoot();
    if (minor >= 23) {
      rootUser();
    }
    if (minor >= 19 && !windows) {
      requiredSeccomp();
    }
  }

  private void escalation() {
    List<String> names =
        pod.names(security -> security.path("allowPrivilegeEscalation").asBoolean(true));
    if (!names.isEmpty()) {
      pod.find(
          "allowPrivilegeEscalation != false",
          PodUnderCheck.some("container", names)
              + " must set securityContext.allowPrivilegeEscalation=false");
    }
  }

  private void droppedCapabilities() {
    List<String> names =
        pod.names(
            security ->
                security
                    .at("/capabilities/drop")
                    .valueStream()
                    .noneMatch(capability -> capability.asString("").equals("ALL")));
    pod.capabilities(
        "unrestricted capabilities",
        Set.of("NET_BIND_SERVICE"),
        names.isEmpty()
            ? List.of()
            : List.of(
                PodUnderCheck.some("container", names)
                    + " must set securityContext.capabilities.drop=[\"ALL\"]"));
  }

  private void volumes() {
    List<String> names = new ArrayList<>();
    Set<String> types = new LinkedHashSet<>();
    for (JsonNode volume : pod.spec().path("volumes")) {
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
      pod.find(
          "restricted volume types",
          "%s %s restricted volume type%s %s"
              .formatted(
                  PodUnderCheck.some("volume", names),
                  names.size() == 1 ? "uses" : "use",
                  types.size() == 1 ? "" : "s",
                  PodUnderCheck.quoted(types)));
    }
  }

  private void nonRoot() {
    JsonNode ofPod = pod.spec().at("/securityContext/runAsNonRoot");
    List<String> refusing = pod.names(s -> isFalse(s.path("runAsNonRoot")));
    List<String> silent = pod.names(s -> !s.path("runAsNonRoot").isBoolean());
    List<String> details = new ArrayList<>();
    if (!refusing.isEmpty()) {
      details.add(
          PodUnderCheck.some("container", refusing)
              + " must not set securityContext.runAsNonRoot=false");
    }
    if (!ofPod.asBoolean(false) && !silent.isEmpty()) {
      details.add(
          isFalse(ofPod)
              ? "pod must not set securityContext.runAsNonRoot=false"
              : "pod or "
                  + PodUnderCheck.some("container", silent)
                  + " must set securityContext.runAsNonRoot=true");
    }
    if (!details.isEmpty()) {
      pod.find("runAsNonRoot != true", String.join(" and ", details));
    }
  }

  private static boolean isFalse(JsonNode flag) {
    return flag.isBoolean() && !flag.asBoolean(false);
  }

  private void rootUser() {
    pod.podOrContainers(
        security ->
            security.path("runAsUser").isNumber() && security.path("runAsUser").asLong(0) == 0,
        "runAsUser=0",
        " must not set runAsUser=0");
  }

  private void requiredSeccomp() {
    String ofPod = pod.spec().at("/securityContext/seccompProfile/type").asString("");
    List<String> unconfined = pod.names(s -> seccomp(s).equals("Unconfined"));
    List<String> silent = pod.names(s -> seccomp(s).isEmpty());
    List<String> details = new ArrayList<>();
    if (!unconfined.isEmpty()) {
      details.add(
          PodUnderCheck.some("container", unconfined)
              + " must not set securityContext.seccompProfile.type to \"Unconfined\"");
    }
    if (!silent.isEmpty() && !Set.of("RuntimeDefault", "Localhost").contains(ofPod)) {
      details.add(
          "pod or "
              + PodUnderCheck.some("container", silent)
              + " must set securityContext.seccompProfile.type to \"RuntimeDefault\" or"
              + " \"Localhost\"");
    }
    if (!details.isEmpty()) {
      pod.find("seccompProfile", String.join(" and ", details));
    }
  }

  private static String seccomp(JsonNode security) {
    return security.at("/seccompProfile/type").asString("");
  }
}
