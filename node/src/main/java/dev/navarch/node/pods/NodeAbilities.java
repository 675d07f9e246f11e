package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.AppArmorProfile;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// What of a pod's security this node's kernel and runtime cannot give. A pod that asks for it is
/// not run without.
///
/// @param features of the runtime, as it tells them now
/// @param appArmor whether the kernel enforces such profiles
public record NodeAbilities(Supplier<RuntimeFeatures> features, Sysctls sysctls, boolean appArmor) {

  /// @param machine the root of its files
  static NodeAbilities of(Supplier<RuntimeFeatures> features, Sysctls sysctls, Path machine) {
    Path enabled = machine.resolve("sys/module/apparmor/parameters/enabled");
    try {
      boolean on = Files.exists(enabled) && Files.readString(enabled).startsWith("Y");
      return new NodeAbilities(features, sysctls, on);
    } catch (IOException e) {
      return new NodeAbilities(features, sysctls, false);
    }
  }

  /// Why the node cannot take a pod, if it cannot.
  Optional<Admission.Rejection> missing(Pod pod) {
    return sysctls
        .refusal(pod)
        .map(why -> new Admission.Rejection("SysctlForbidden", why))
        .or(() -> appArmor(pod))
        .or(() -> groups(pod));
  }

  private Optional<Admission.Rejection> groups(Pod pod) {
    var context = pod.getSpec().getSecurityContext();
    boolean strict = context != null && "Strict".equals(context.getSupplementalGroupsPolicy());
    return strict && !features.get().strictGroups()
        ? Optional.of(
            new Admission.Rejection(
                "SupplementalGroupsPolicyNotSupported",
                "SupplementalGroupsPolicy=Strict is not supported in this node"))
        : Optional.empty();
  }

  private Optional<Admission.Rejection> appArmor(Pod pod) {
    return !appArmor && profiles(pod).anyMatch(NodeAbilities::isEnforced)
        ? Optional.of(
            new Admission.Rejection(
                "AppArmor", "Cannot enforce AppArmor: AppArmor is not enabled on the host"))
        : Optional.empty();
  }

  private static Stream<AppArmorProfile> profiles(Pod pod) {
    var context = pod.getSpec().getSecurityContext();
    return Stream.concat(
        context == null ? Stream.empty() : Stream.ofNullable(context.getAppArmorProfile()),
        Containers.all(pod)
            .map(Container::getSecurityContext)
            .flatMap(Stream::ofNullable)
            .flatMap(own -> Stream.ofNullable(own.getAppArmorProfile())));
  }

  private static boolean isEnforced(AppArmorProfile profile) {
    return !"Unconfined".equals(profile.getType());
  }
}
