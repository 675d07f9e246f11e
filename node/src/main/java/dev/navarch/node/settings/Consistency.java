package dev.navarch.node.settings;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// What fields have to say to each other.
final class Consistency {
  private final KubeletSettings settings;
  private final List<String> wrong = new ArrayList<>();

  private Consistency(KubeletSettings settings) {
    this.settings = settings;
  }

  static List<String> complaints(KubeletSettings settings, ObjectNode stated) {
    var consistency = new Consistency(settings);
    consistency.images(stated);
    consistency.eviction();
    consistency.reservations();
    consistency.topology();
    consistency.shutdown();
    consistency.require(
        settings.text("tlsCertFile").isEmpty() == settings.text("tlsPrivateKeyFile").isEmpty(),
        "tlsCertFile and tlsPrivateKeyFile: found one without the other, expected both");
    consistency.require(
        !settings.flag("enableSystemLogQuery") || settings.flag("enableSystemLogHandler"),
        "enableSystemLogQuery: found true, expected enableSystemLogHandler to be true with it");
    return consistency.wrong;
  }

  private void images(ObjectNode stated) {
    int high = settings.number("imageGCHighThresholdPercent");
    int low = settings.number("imageGCLowThresholdPercent");
    require(
        low < high,
        "imageGCLowThresholdPercent: found %d, expected less than imageGCHighThresholdPercent, which is %d"
            .formatted(low, high));
    require(
        !settings.flag("serializeImagePulls")
            || settings.optionalNumber("maxParallelImagePulls").orElse(1) == 1,
        "maxParallelImagePulls: found %d, expected none while serializeImagePulls is true"
            .formatted(settings.optionalNumber("maxParallelImagePulls").orElse(1)));
    boolean allowlist =
        settings
            .text("imagePullCredentialsVerificationPolicy")
            .equals("NeverVerifyAllowlistedImages");
    require(
        allowlist || !stated.has("preloadedImagesVerificationAllowlist"),
        "preloadedImagesVerificationAllowlist: expected none unless"
            + " imagePullCredentialsVerificationPolicy is NeverVerifyAllowlistedImages");
  }

  private void eviction() {
    Set<String> soft = settings.map("evictionSoft").keySet();
    Set<String> graces = settings.map("evictionSoftGracePeriod").keySet();
    for (String signal : soft) {
      require(
          graces.contains(signal),
          "evictionSoftGracePeriod: found nothing for %s, expected one for each of evictionSoft"
              .formatted(signal));
    }
    for (String signal : graces) {
      require(
          soft.contains(signal),
          "evictionSoftGracePeriod: found %s, expected only what evictionSoft has"
              .formatted(signal));
    }
  }

  private void reservations() {
    Set<String> enforced = settings.enforced();
    require(
        !enforced.contains("none") || enforced.size() == 1,
        "enforceNodeAllocatable: found none among others, expected it alone");
    for (String whose : List.of("system", "kube")) {
      boolean all = enforced.contains(whose + "-reserved");
      boolean compressible = enforced.contains(whose + "-reserved-compressible");
      String group = whose + "ReservedCgroup";
      require(
          !(all && compressible),
          "enforceNodeAllocatable: found %1$s-reserved and %1$s-reserved-compressible, expected one"
              .formatted(whose));
      require(
          !(all || compressible) || !settings.text(group).isEmpty(),
          "%s: found nothing, expected a cgroup since enforceNodeAllocatable has %s-reserved"
              .formatted(group, whose));
      require(
          settings.reservedCpus().isEmpty() || settings.text(group).isEmpty(),
          "reservedSystemCPUs: expected none while %s is set".formatted(group));
    }
  }

  private void topology() {
    boolean isStatic = settings.text("cpuManagerPolicy").equals("static");
    require(
        !isStatic || settings.reserved("cpu") > 0 || !settings.reservedCpus().isEmpty(),
        "cpuManagerPolicy: found static, expected kubeReserved.cpu, systemReserved.cpu or"
            + " reservedSystemCPUs above zero with it");
    require(
        isStatic || settings.map("cpuManagerPolicyOptions").isEmpty(),
        "cpuManagerPolicyOptions: found some, expected none while cpuManagerPolicy is none");
    require(
        !settings.text("memoryManagerPolicy").equals("Static")
            || !settings.objects("reservedMemory").isEmpty(),
        "memoryManagerPolicy: found Static, expected reservedMemory with it");
  }

  private void shutdown() {
    var whole = settings.duration("shutdownGracePeriod");
    var critical = settings.duration("shutdownGracePeriodCriticalPods");
    require(
        critical.compareTo(whole) <= 0,
        "shutdownGracePeriodCriticalPods: found %s, expected at most shutdownGracePeriod, which is %s"
            .formatted(
                settings.text("shutdownGracePeriodCriticalPods"),
                settings.text("shutdownGracePeriod")));
    require(
        settings.objects("shutdownGracePeriodByPodPriority").isEmpty()
            || (whole.isZero() && critical.isZero()),
        "shutdownGracePeriodByPodPriority: expected none while shutdownGracePeriod or"
            + " shutdownGracePeriodCriticalPods is set");
  }

  private void require(boolean holds, String otherwise) {
    if (!holds) {
      wrong.add(otherwise);
    }
  }
}
