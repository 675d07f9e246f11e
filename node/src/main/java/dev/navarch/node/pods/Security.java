package dev.navarch.node.pods;

import dev.navarch.node.cri.v1.Capability;
import dev.navarch.node.cri.v1.Image;
import dev.navarch.node.cri.v1.Int64Value;
import dev.navarch.node.cri.v1.LinuxContainerSecurityContext;
import dev.navarch.node.cri.v1.NamespaceMode;
import dev.navarch.node.cri.v1.SELinuxOption;
import dev.navarch.node.cri.v1.SecurityProfile;
import dev.navarch.node.cri.v1.SecurityProfile.ProfileType;
import dev.navarch.node.cri.v1.SupplementalGroupsPolicy;
import io.fabric8.kubernetes.api.model.AppArmorProfile;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.SELinuxOptions;
import io.fabric8.kubernetes.api.model.SeccompProfile;
import io.fabric8.kubernetes.api.model.SecurityContext;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Who a container runs as and what it may do: the container's word before the pod's.
final class Security {
  /// What a container that is not privileged must not see of the kernel, as upstream masks it.
  private static final List<String> MASKED =
      List.of(
          "/proc/asound",
          "/proc/acpi",
          "/proc/interrupts",
          "/proc/kcore",
          "/proc/keys",
          "/proc/latency_stats",
          "/proc/timer_list",
          "/proc/timer_stats",
          "/proc/sched_debug",
          "/proc/scsi",
          "/sys/firmware",
          "/sys/devices/virtual/powercap");

  private static final List<String> READ_ONLY =
      List.of("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger");

  private Security() {}

  /// @param profiles where `Localhost` profiles are found
  /// @param byDefault whether those who state nothing get the runtime's profile
  record Seccomp(Path profiles, boolean byDefault) {}

  static boolean isPrivileged(Container container) {
    return container.getSecurityContext() != null
        && Boolean.TRUE.equals(container.getSecurityContext().getPrivileged());
  }

  /// @param seccomp what holds for seccomp on this node
  /// @param target the container whose processes are shared; empty for none
  static LinuxContainerSecurityContext of(
      Pod pod, Container container, Image image, Seccomp seccomp, String target) {
    SecurityContext own = container.getSecurityContext();
    PodSecurityContext common = pod.getSpec().getSecurityContext();
    Long user = pick(own, SecurityContext::getRunAsUser, common, PodSecurityContext::getRunAsUser);
    Long group =
        pick(own, SecurityContext::getRunAsGroup, common, PodSecurityContext::getRunAsGroup);
    requireNonRoot(pod, container, image, user);
    var namespaces = SandboxConfigs.namespaces(pod.getSpec());
    if (!target.isEmpty()) {
      namespaces = namespaces.toBuilder().setPid(NamespaceMode.TARGET).setTargetId(target).build();
    }
    boolean privileged = isPrivileged(container);
    var security =
        LinuxContainerSecurityContext.newBuilder()
            .setNamespaceOptions(namespaces)
            .setPrivileged(privileged)
            .setSeccomp(seccomp(own, common, seccomp));
    apparmor(own, common).ifPresent(security::setApparmor);
    seLinux(
            pick(
                own,
                SecurityContext::getSeLinuxOptions,
                common,
                PodSecurityContext::getSeLinuxOptions))
        .ifPresent(security::setSelinuxOptions);
    if (user != null) {
      security.setRunAsUser(Int64Value.newBuilder().setValue(user));
    } else if (image.hasUid()) {
      security.setRunAsUser(image.getUid());
    } else if (!image.getUsername().isEmpty()) {
      security.setRunAsUsername(image.getUsername());
    }
    if (group != null) {
      security.setRunAsGroup(Int64Value.newBuilder().setValue(group));
    }
    if (common != null) {
      security.addAllSupplementalGroups(common.getSupplementalGroups());
      security.setSupplementalGroupsPolicy(groupsPolicy(common));
      if (common.getFsGroup() != null) {
        security.addSupplementalGroups(common.getFsGroup());
      }
    }
    if (own != null) {
      security.setReadonlyRootfs(Boolean.TRUE.equals(own.getReadOnlyRootFilesystem()));
      security.setNoNewPrivs(Boolean.FALSE.equals(own.getAllowPrivilegeEscalation()));
      if (own.getCapabilities() != null) {
        security.setCapabilities(
            Capability.newBuilder()
                .addAllAddCapabilities(own.getCapabilities().getAdd())
                .addAllDropCapabilities(own.getCapabilities().getDrop()));
      }
    }
    boolean unmasked = own != null && "Unmasked".equals(own.getProcMount());
    if (!privileged && !unmasked) {
      security.addAllMaskedPaths(MASKED).addAllReadonlyPaths(READ_ONLY);
    }
    return security.build();
  }

  static SupplementalGroupsPolicy groupsPolicy(PodSecurityContext context) {
    return "Strict".equals(context.getSupplementalGroupsPolicy())
        ? SupplementalGroupsPolicy.Strict
        : SupplementalGroupsPolicy.Merge;
  }

  static Optional<SELinuxOption> seLinux(@Nullable SELinuxOptions stated) {
    return Optional.ofNullable(stated)
        .map(
            options ->
                SELinuxOption.newBuilder()
                    .setUser(Objects.requireNonNullElse(options.getUser(), ""))
                    .setRole(Objects.requireNonNullElse(options.getRole(), ""))
                    .setType(Objects.requireNonNullElse(options.getType(), ""))
                    .setLevel(Objects.requireNonNullElse(options.getLevel(), ""))
                    .build());
  }

  private static Optional<SecurityProfile> apparmor(
      @Nullable SecurityContext own, @Nullable PodSecurityContext common) {
    AppArmorProfile stated =
        pick(
            own,
            SecurityContext::getAppArmorProfile,
            common,
            PodSecurityContext::getAppArmorProfile);
    if (stated == null) {
      return Optional.empty();
    }
    var profile = SecurityProfile.newBuilder();
    return Optional.of(
        switch (stated.getType()) {
          case "RuntimeDefault" -> profile.setProfileType(ProfileType.RuntimeDefault).build();
          case "Localhost" -> {
            String name = Objects.requireNonNullElse(stated.getLocalhostProfile(), "").strip();
            if (name.isEmpty()) {
              throw config("localhostProfile must be set if appArmorProfile type is Localhost.");
            }
            yield profile.setProfileType(ProfileType.Localhost).setLocalhostRef(name).build();
          }
          default -> profile.setProfileType(ProfileType.Unconfined).build();
        });
  }

  private static void requireNonRoot(
      Pod pod, Container container, Image image, @Nullable Long user) {
    Boolean nonRoot =
        pick(
            container.getSecurityContext(),
            SecurityContext::getRunAsNonRoot,
            pod.getSpec().getSecurityContext(),
            PodSecurityContext::getRunAsNonRoot);
    if (!Boolean.TRUE.equals(nonRoot)) {
      return;
    }
    String where =
        "(pod: \"%s_%s(%s)\", container: %s)"
            .formatted(
                pod.getMetadata().getName(),
                pod.getMetadata().getNamespace(),
                pod.getMetadata().getUid(),
                container.getName());
    if (user != null) {
      if (user == 0) {
        throw config("container's runAsUser breaks non-root policy " + where);
      }
    } else if (!image.getUsername().isEmpty()) {
      throw config(
          "container has runAsNonRoot and image has non-numeric user (%s), cannot verify user is non-root %s"
              .formatted(image.getUsername(), where));
    } else if (!image.hasUid() || image.getUid().getValue() == 0) {
      throw config("container has runAsNonRoot and image will run as root " + where);
    }
  }

  private static SecurityProfile seccomp(
      @Nullable SecurityContext own, @Nullable PodSecurityContext common, Seccomp node) {
    SeccompProfile stated =
        pick(
            own, SecurityContext::getSeccompProfile, common, PodSecurityContext::getSeccompProfile);
    var profile = SecurityProfile.newBuilder();
    if (stated == null) {
      return profile
          .setProfileType(node.byDefault() ? ProfileType.RuntimeDefault : ProfileType.Unconfined)
          .build();
    }
    Path profiles = node.profiles();
    return switch (stated.getType()) {
      case "RuntimeDefault" -> profile.setProfileType(ProfileType.RuntimeDefault).build();
      case "Localhost" -> {
        String name = Optional.ofNullable(stated.getLocalhostProfile()).orElse("");
        Path file = profiles.resolve(name).normalize();
        if (name.isEmpty() || !file.startsWith(profiles)) {
          throw config("localhostProfile must be set if seccompProfile type is Localhost.");
        }
        yield profile
            .setProfileType(ProfileType.Localhost)
            .setLocalhostRef(file.toString())
            .build();
      }
      default -> profile.setProfileType(ProfileType.Unconfined).build();
    };
  }

  private static StartException config(String message) {
    return new StartException(StartException.CONFIG, message);
  }

  private static <T> @Nullable T pick(
      @Nullable SecurityContext own,
      Function<SecurityContext, @Nullable T> ofOwn,
      @Nullable PodSecurityContext common,
      Function<PodSecurityContext, @Nullable T> ofCommon) {
    T stated = own == null ? null : ofOwn.apply(own);
    return stated != null || common == null ? stated : ofCommon.apply(common);
  }
}
