package dev.navarch.node.pods;

import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.v1.Int64Value;
import dev.navarch.node.cri.v1.LinuxPodSandboxConfig;
import dev.navarch.node.cri.v1.LinuxSandboxSecurityContext;
import dev.navarch.node.cri.v1.NamespaceMode;
import dev.navarch.node.cri.v1.NamespaceOption;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.cri.v1.PodSandboxMetadata;
import dev.navarch.node.cri.v1.PortMapping;
import dev.navarch.node.cri.v1.Protocol;
import dev.navarch.node.cri.v1.SecurityProfile;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import java.util.Map;
import java.util.Optional;

/// Describes a pod's sandbox to the runtime: the namespaces that its containers share, its name in
/// the network, its ports on the node, its cgroup.
record SandboxConfigs(NodeConfig config, Dns dns, PodGroups cgroups) {
  private static final int MAX_HOSTNAME = 63;
  private static final int MAX_FULL_HOSTNAME = 64;

  PodSandboxConfig of(Pod pod, int attempt) {
    var meta = pod.getMetadata();
    var sandbox =
        PodSandboxConfig.newBuilder()
            .setMetadata(
                PodSandboxMetadata.newBuilder()
                    .setName(meta.getName())
                    .setNamespace(meta.getNamespace())
                    .setUid(meta.getUid())
                    .setAttempt(attempt))
            .setLogDirectory(
                config.podLogDir(meta.getNamespace(), meta.getName(), meta.getUid()).toString())
            .setDnsConfig(dns.of(pod))
            .putAllLabels(orEmpty(meta.getLabels()))
            .putLabels(CriNames.POD_NAME, meta.getName())
            .putLabels(CriNames.POD_NAMESPACE, meta.getNamespace())
            .putLabels(CriNames.POD_UID, meta.getUid())
            .putAllAnnotations(orEmpty(meta.getAnnotations()))
            .putAnnotations(
                CriNames.GRACE, String.valueOf(pod.getSpec().getTerminationGracePeriodSeconds()))
            .setLinux(linux(pod));
    if (!isHostNetwork(pod)) {
      sandbox.setHostname(hostname(pod));
      pod.getSpec().getContainers().stream()
          .flatMap(container -> container.getPorts().stream())
          .filter(port -> port.getHostPort() != null && port.getHostPort() > 0)
          .forEach(port -> sandbox.addPortMappings(mapping(port)));
    }
    return sandbox.build();
  }

  static boolean isHostNetwork(Pod pod) {
    return Boolean.TRUE.equals(pod.getSpec().getHostNetwork());
  }

  /// What `hostname` prints inside the pod.
  String hostname(Pod pod) {
    if (isHostNetwork(pod)) {
      return config.nodeName();
    }
    if (!Boolean.TRUE.equals(pod.getSpec().getSetHostnameAsFQDN()) || overridden(pod).isPresent()) {
      return shortName(pod);
    }
    String full = HostsFile.fullName(pod, shortName(pod), dns.domain());
    if (full.length() > MAX_FULL_HOSTNAME) {
      throw new StartException(
          StartException.CONFIG,
          "Failed to construct FQDN from Pod hostname and cluster domain, FQDN %s is too long (%d characters is the max, %d characters requested)"
              .formatted(full, MAX_FULL_HOSTNAME, full.length()));
    }
    return full.isEmpty() ? shortName(pod) : full;
  }

  /// Its name without a domain, unless it was overridden by one that has a domain.
  static String shortName(Pod pod) {
    return overridden(pod)
        .orElseGet(
            () -> {
              String stated = pod.getSpec().getHostname();
              String name =
                  stated == null || stated.isEmpty() ? pod.getMetadata().getName() : stated;
              return name.length() <= MAX_HOSTNAME
                  ? name
                  : name.substring(0, MAX_HOSTNAME).replaceFirst("[-.]+$", "");
            });
  }

  private static Optional<String> overridden(Pod pod) {
    return Optional.ofNullable(pod.getSpec().getHostnameOverride()).filter(name -> !name.isEmpty());
  }

  /// Which namespaces the pod's containers share with the node, with each other, with nobody.
  static NamespaceOption namespaces(PodSpec spec) {
    return NamespaceOption.newBuilder()
        .setNetwork(mode(spec.getHostNetwork()))
        .setIpc(mode(spec.getHostIPC()))
        .setPid(
            Boolean.TRUE.equals(spec.getHostPID())
                ? NamespaceMode.NODE
                : Boolean.TRUE.equals(spec.getShareProcessNamespace())
                    ? NamespaceMode.POD
                    : NamespaceMode.CONTAINER)
        .build();
  }

  private LinuxPodSandboxConfig linux(Pod pod) {
    PodSpec spec = pod.getSpec();
    var security =
        LinuxSandboxSecurityContext.newBuilder()
            .setNamespaceOptions(namespaces(spec))
            .setPrivileged(Amounts.all(pod).anyMatch(Security::isPrivileged))
            .setSeccomp(
                SecurityProfile.newBuilder()
                    .setProfileType(SecurityProfile.ProfileType.RuntimeDefault));
    var linux = LinuxPodSandboxConfig.newBuilder().setCgroupParent(cgroups.parent(pod));
    PodSecurityContext own = spec.getSecurityContext();
    if (own != null) {
      if (own.getRunAsUser() != null) {
        security.setRunAsUser(Int64Value.newBuilder().setValue(own.getRunAsUser()));
      }
      if (own.getRunAsGroup() != null) {
        security.setRunAsGroup(Int64Value.newBuilder().setValue(own.getRunAsGroup()));
      }
      if (own.getFsGroup() != null) {
        security.addSupplementalGroups(own.getFsGroup());
      }
      security.addAllSupplementalGroups(own.getSupplementalGroups());
      security.setSupplementalGroupsPolicy(Security.groupsPolicy(own));
      Security.seLinux(own.getSeLinuxOptions()).ifPresent(security::setSelinuxOptions);
      own.getSysctls().forEach(sysctl -> linux.putSysctls(sysctl.getName(), sysctl.getValue()));
    }
    return linux.setSecurityContext(security).build();
  }

  private static PortMapping mapping(ContainerPort port) {
    var mapping =
        PortMapping.newBuilder()
            .setContainerPort(port.getContainerPort())
            .setHostPort(port.getHostPort())
            .setProtocol(
                switch (port.getProtocol() == null ? "TCP" : port.getProtocol()) {
                  case "UDP" -> Protocol.UDP;
                  case "SCTP" -> Protocol.SCTP;
                  default -> Protocol.TCP;
                });
    if (port.getHostIP() != null) {
      mapping.setHostIp(port.getHostIP());
    }
    return mapping.build();
  }

  private static NamespaceMode mode(@org.jspecify.annotations.Nullable Boolean ofTheNode) {
    return Boolean.TRUE.equals(ofTheNode) ? NamespaceMode.NODE : NamespaceMode.POD;
  }

  private static Map<String, String> orEmpty(
      @org.jspecify.annotations.Nullable Map<String, String> map) {
    return map == null ? Map.of() : map;
  }
}
