package dev.navarch.apiserver.kinds;

import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/// Who a pod's processes are to the kernel, and what of it they may do: for the whole pod, and for
/// one container.
final class SecurityContexts {
  private static final Pattern SYSCTL =
      Pattern.compile("([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?");
  private static final List<String> PROFILES = List.of("Localhost", "RuntimeDefault", "Unconfined");

  private SecurityContexts() {}

  static void validatePod(Place spec) {
    Place security = spec.at("securityContext");
    ids(security, "runAsUser", "runAsGroup", "fsGroup");
    security.at("supplementalGroups").items().forEach(id -> id.between(0, Integer.MAX_VALUE));
    profiles(security);
    Set<String> seen = new java.util.HashSet<>();
    for (Place sysctl : security.at("sysctls").items()) {
      Place name = sysctl.at("name");
      if (name.present() && !SYSCTL.matcher(name.text()).matches()) {
        name.invalid("must have at most 253 characters and match regex ^" + SYSCTL.pattern() + "$");
      } else if (!seen.add(name.text())) {
        name.duplicate();
      }
    }
    if (spec.at("shareProcessNamespace").flag() && spec.at("hostPID").flag()) {
      spec.at("shareProcessNamespace")
          .invalid("ShareProcessNamespace and HostPID cannot both be enabled");
    }
    if (spec.at("hostUsers").isSet() && !spec.at("hostUsers").flag()) {
      for (String shared : List.of("hostNetwork", "hostPID", "hostIPC")) {
        if (spec.at(shared).flag()) {
          spec.at(shared).forbidden("when `hostUsers` is false");
        }
      }
    }
  }

  static void validateContainer(Place security) {
    ids(security, "runAsUser", "runAsGroup");
    profiles(security);
    boolean escalates = security.at("allowPrivilegeEscalation").flag();
    if (security.at("allowPrivilegeEscalation").isSet() && !escalates) {
      if (security.at("privileged").flag()) {
        security.invalid("cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
      }
      boolean admin =
          security.at("capabilities", "add").items().stream()
              .anyMatch(capability -> capability.text().equals("CAP_SYS_ADMIN"));
      if (admin) {
        security.invalid(
            "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
      }
    }
  }

  private static void ids(Place security, String... fields) {
    for (String field : fields) {
      security.at(field).between(0, Integer.MAX_VALUE);
    }
  }

  private static void profiles(Place security) {
    security.ifSet("seccompProfile").ifPresent(profile -> profile(profile, "seccomp"));
    security.ifSet("appArmorProfile").ifPresent(profile -> profile(profile, "AppArmor"));
  }

  private static void profile(Place profile, String what) {
    Place type = profile.at("type");
    Place local = profile.at("localhostProfile");
    if (type.isEmpty()) {
      type.required("type is required when %s is set".formatted(profile.mapField()));
    } else if (!PROFILES.contains(type.text())) {
      type.notSupported(PROFILES);
    } else if (type.text().equals("Localhost")) {
      if (local.isEmpty()) {
        local.required("must be set when %s type is Localhost".formatted(what));
      } else {
        Containers.subPath(local);
      }
    } else if (local.isSet()) {
      local.invalid("can only be set when %s type is Localhost".formatted(what));
    }
  }
}
