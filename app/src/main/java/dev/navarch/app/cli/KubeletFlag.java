package dev.navarch.app.cli;

import dev.navarch.app.local.UserError;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A flag of the kubelet's that stands for a field of KubeletConfiguration.
///
/// @param field its name in KubeletConfiguration
/// @param description what help says, with the default in parentheses
record KubeletFlag(String name, Form form, String field, String description) {

  /// How a flag's text becomes the field.
  enum Form {
    TEXT(String.class),
    NUMBER(Long.class),
    SWITCH(Boolean.class),
    /// Words with commas between them.
    LIST(String[].class),
    /// `key=value`, with commas between them.
    AMOUNTS(String[].class),
    /// `signal<value`, with commas between them.
    THRESHOLDS(String[].class),
    /// `key=value:Effect` or `key:Effect`, with commas between them.
    TAINTS(String[].class);

    private final Class<?> type;

    Form(Class<?> type) {
      this.type = type;
    }

    /// What the command line is to make of the text.
    Class<?> type() {
      return type;
    }
  }

  /// Name, form, field, description.
  private static final String TABLE =
      """
      register-with-taints | TAINTS | registerWithTaints | Taints as KEY=VALUE:EFFECT, set when the node registers first.
      max-pods | NUMBER | maxPods | How many pods the node takes (110).
      pods-per-core | NUMBER | podsPerCore | How many pods for each processor, at most.
      pod-max-pids | NUMBER | podPidsLimit | How many processes one pod may have.
      cluster-dns | LIST | clusterDNS | The cluster's DNS servers.
      cluster-domain | TEXT | clusterDomain | The cluster's DNS domain (cluster.local).
      resolv-conf | TEXT | resolvConf | Where names are resolved (/etc/resolv.conf).
      provider-id | TEXT | providerID | By what a cloud knows this machine.
      node-status-update-frequency | TEXT | nodeStatusUpdateFrequency | How often the node's status is looked at (10s).
      pod-manifest-path | TEXT | staticPodPath | A folder of manifests, or one: pods that run without the API.
      allowed-unsafe-sysctls | LIST | allowedUnsafeSysctls | Kernel parameters that pods may set beside the safe ones: net.core.*.
      kube-reserved | AMOUNTS | kubeReserved | Kept from pods for the agent and the runtime: cpu=200m,memory=150Mi.
      system-reserved | AMOUNTS | systemReserved | Kept from pods for the rest of the machine: cpu=200m,memory=150Mi.
      kube-reserved-cgroup | TEXT | kubeReservedCgroup | What --kube-reserved is enforced on.
      system-reserved-cgroup | TEXT | systemReservedCgroup | What --system-reserved is enforced on.
      reserved-cpus | TEXT | reservedSystemCPUs | Processors kept from pods, as 0-1,4.
      enforce-node-allocatable | LIST | enforceNodeAllocatable | pods, kube-reserved, system-reserved, or none (pods).
      eviction-hard | THRESHOLDS | evictionHard | When pods go at once: memory.available<100Mi,nodefs.available<10%%.
      eviction-soft | THRESHOLDS | evictionSoft | When pods go after a grace period: memory.available<300Mi.
      eviction-soft-grace-period | AMOUNTS | evictionSoftGracePeriod | That grace period: memory.available=1m30s.
      eviction-minimum-reclaim | AMOUNTS | evictionMinimumReclaim | What an eviction frees at least: nodefs.available=500Mi.
      eviction-pressure-transition-period | TEXT | evictionPressureTransitionPeriod | How long a pressure condition stays after its cause (5m).
      eviction-max-pod-grace-period | NUMBER | evictionMaxPodGracePeriod | Seconds that a soft eviction grants a pod, at most.
      cpu-manager-policy | TEXT | cpuManagerPolicy | none or static (none).
      cpu-manager-policy-options | AMOUNTS | cpuManagerPolicyOptions | As full-pcpus-only=true.
      memory-manager-policy | TEXT | memoryManagerPolicy | None or Static (None).
      topology-manager-policy | TEXT | topologyManagerPolicy | none, best-effort, restricted or single-numa-node (none).
      topology-manager-scope | TEXT | topologyManagerScope | container or pod (container).
      cpu-cfs-quota | SWITCH | cpuCFSQuota | Whether CPU limits are enforced (true).
      cpu-cfs-quota-period | TEXT | cpuCFSQuotaPeriod | By which period (100ms).
      fail-swap-on | SWITCH | failSwapOn | Whether a machine that swaps is refused (false).
      serialize-image-pulls | SWITCH | serializeImagePulls | Whether images are pulled one after the other (false).
      image-gc-high-threshold | NUMBER | imageGCHighThresholdPercent | Percent of the disk above which unused images go (85).
      image-gc-low-threshold | NUMBER | imageGCLowThresholdPercent | Percent of the disk down to which they go (80).
      container-log-max-size | TEXT | containerLogMaxSize | How large a container's log grows before it is put aside (10Mi).
      container-log-max-files | NUMBER | containerLogMaxFiles | How many of them are kept (5).
      """;

  static final List<KubeletFlag> ALL = TABLE.lines().map(KubeletFlag::row).toList();

  private static KubeletFlag row(String row) {
    String[] cells = row.split(" \\| ", 4);
    return new KubeletFlag("--" + cells[0], Form.valueOf(cells[1]), cells[2], cells[3]);
  }

  /// Writes the field.
  ///
  /// @param value of the form's type
  void state(ObjectNode configuration, Object value) {
    switch (form) {
      case TEXT -> configuration.put(field, (String) value);
      case NUMBER -> configuration.put(field, (Long) value);
      case SWITCH -> configuration.put(field, (Boolean) value);
      case LIST -> List.of((String[]) value).forEach(configuration.withArrayProperty(field)::add);
      case AMOUNTS -> pairs(configuration.withObjectProperty(field), "=", (String[]) value);
      case THRESHOLDS -> pairs(configuration.withObjectProperty(field), "<", (String[]) value);
      case TAINTS -> taints(configuration.withArrayProperty(field), (String[]) value);
    }
  }

  private void pairs(ObjectNode into, String sign, String[] texts) {
    for (String text : texts) {
      int at = text.indexOf(sign);
      if (at < 1) {
        throw new UserError(
            "%s: found '%s'".formatted(name, text), "write KEY%sVALUE".formatted(sign));
      }
      into.put(text.substring(0, at).strip(), text.substring(at + 1).strip());
    }
  }

  private void taints(ArrayNode into, String[] texts) {
    for (String text : texts) {
      if (!text.isBlank()) {
        taint(into.addObject(), text);
      }
    }
  }

  private void taint(ObjectNode into, String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw new UserError(
          "%s: found '%s'".formatted(name, text), "write KEY=VALUE:EFFECT or KEY:EFFECT");
    }
    String[] pair = text.substring(0, colon).split("=", 2);
    into.put("key", pair[0]);
    if (pair.length == 2) {
      into.put("value", pair[1]);
    }
    into.put("effect", text.substring(colon + 1));
  }
}
