package dev.navarch.app.cli;

import dev.navarch.api.Json;
import dev.navarch.app.local.UserError;
import dev.navarch.node.images.CredentialProviders;
import dev.navarch.node.settings.KubeletSettings;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The kubelet's flags that people know, over the file that holds the rest: a flag wins over the
/// same field of the file.
final class KubeletOptions {
  private final ObjectNode stated = Json.object();

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "A KubeletConfiguration (kubelet.config.k8s.io/v1beta1).")
  @Nullable Path file;

  @Option(
      names = "--register-with-taints",
      split = ",",
      description = "Taints as KEY=VALUE:EFFECT, set when the node registers first.")
  void taints(List<String> taints) {
    ArrayNode list = stated.putArray("registerWithTaints");
    taints.stream().filter(taint -> !taint.isBlank()).forEach(text -> taint(list, text));
  }

  @Option(names = "--max-pods", description = "How many pods the node takes (110).")
  void maxPods(int count) {
    stated.put("maxPods", count);
  }

  @Option(names = "--pods-per-core", description = "How many pods for each processor, at most.")
  void podsPerCore(int count) {
    stated.put("podsPerCore", count);
  }

  @Option(names = "--pod-max-pids", description = "How many processes one pod may have.")
  void podMaxPids(long count) {
    stated.put("podPidsLimit", count);
  }

  @Option(names = "--cluster-dns", split = ",", description = "The cluster's DNS servers.")
  void clusterDns(List<String> servers) {
    servers.forEach(stated.putArray("clusterDNS")::add);
  }

  @Option(names = "--cluster-domain", description = "The cluster's DNS domain (cluster.local).")
  void clusterDomain(String domain) {
    stated.put("clusterDomain", domain);
  }

  @Option(names = "--resolv-conf", description = "Where names are resolved (/etc/resolv.conf).")
  void resolvConf(String path) {
    stated.put("resolvConf", path);
  }

  @Option(names = "--provider-id", description = "By what a cloud knows this machine.")
  void providerId(String id) {
    stated.put("providerID", id);
  }

  @Option(
      names = "--node-status-update-frequency",
      description = "How often the node's status is looked at (10s).")
  void statusFrequency(String duration) {
    stated.put("nodeStatusUpdateFrequency", duration);
  }

  @Option(
      names = "--pod-manifest-path",
      description = "A folder of manifests, or one: pods that run without the API.")
  void manifests(String path) {
    stated.put("staticPodPath", path);
  }

  @Option(
      names = "--allowed-unsafe-sysctls",
      split = ",",
      description = "Kernel parameters that pods may set beside the safe ones: net.core.*.")
  void sysctls(List<String> patterns) {
    patterns.forEach(stated.putArray("allowedUnsafeSysctls")::add);
  }

  @Option(
      names = "--kube-reserved",
      split = ",",
      description = "Kept from pods for the agent and the runtime: cpu=200m,memory=150Mi.")
  void kubeReserved(Map<String, String> amounts) {
    put("kubeReserved", amounts);
  }

  @Option(
      names = "--system-reserved",
      split = ",",
      description = "Kept from pods for the rest of the machine: cpu=200m,memory=150Mi.")
  void systemReserved(Map<String, String> amounts) {
    put("systemReserved", amounts);
  }

  @Option(names = "--kube-reserved-cgroup", description = "What --kube-reserved is enforced on.")
  void kubeReservedCgroup(String path) {
    stated.put("kubeReservedCgroup", path);
  }

  @Option(
      names = "--system-reserved-cgroup",
      description = "What --system-reserved is enforced on.")
  void systemReservedCgroup(String path) {
    stated.put("systemReservedCgroup", path);
  }

  @Option(names = "--reserved-cpus", description = "Processors kept from pods, as 0-1,4.")
  void reservedCpus(String cpus) {
    stated.put("reservedSystemCPUs", cpus);
  }

  @Option(
      names = "--enforce-node-allocatable",
      split = ",",
      description = "pods, kube-reserved, system-reserved, or none (pods).")
  void enforce(List<String> what) {
    what.forEach(stated.putArray("enforceNodeAllocatable")::add);
  }

  @Option(
      names = "--eviction-hard",
      split = ",",
      description = "When pods go at once: memory.available<100Mi,nodefs.available<10%%.")
  void evictionHard(List<String> thresholds) {
    pairs("evictionHard", "--eviction-hard", "<", thresholds);
  }

  @Option(
      names = "--eviction-soft",
      split = ",",
      description = "When pods go after a grace period: memory.available<300Mi.")
  void evictionSoft(List<String> thresholds) {
    pairs("evictionSoft", "--eviction-soft", "<", thresholds);
  }

  @Option(
      names = "--eviction-soft-grace-period",
      split = ",",
      description = "That grace period: memory.available=1m30s.")
  void evictionSoftGrace(List<String> graces) {
    pairs("evictionSoftGracePeriod", "--eviction-soft-grace-period", "=", graces);
  }

  @Option(
      names = "--eviction-minimum-reclaim",
      split = ",",
      description = "What an eviction frees at least: nodefs.available=500Mi.")
  void evictionReclaim(List<String> amounts) {
    pairs("evictionMinimumReclaim", "--eviction-minimum-reclaim", "=", amounts);
  }

  @Option(
      names = "--eviction-pressure-transition-period",
      description = "How long a pressure condition stays after its cause (5m).")
  void evictionTransition(String duration) {
    stated.put("evictionPressureTransitionPeriod", duration);
  }

  @Option(
      names = "--eviction-max-pod-grace-period",
      description = "Seconds that a soft eviction grants a pod, at most.")
  void evictionGrace(int seconds) {
    stated.put("evictionMaxPodGracePeriod", seconds);
  }

  @Option(names = "--cpu-manager-policy", description = "none or static (none).")
  void cpuPolicy(String policy) {
    stated.put("cpuManagerPolicy", policy);
  }

  @Option(
      names = "--cpu-manager-policy-options",
      split = ",",
      description = "As full-pcpus-only=true.")
  void cpuOptions(Map<String, String> options) {
    put("cpuManagerPolicyOptions", options);
  }

  @Option(names = "--memory-manager-policy", description = "None or Static (None).")
  void memoryPolicy(String policy) {
    stated.put("memoryManagerPolicy", policy);
  }

  @Option(
      names = "--topology-manager-policy",
      description = "none, best-effort, restricted or single-numa-node (none).")
  void topologyPolicy(String policy) {
    stated.put("topologyManagerPolicy", policy);
  }

  @Option(names = "--topology-manager-scope", description = "container or pod (container).")
  void topologyScope(String scope) {
    stated.put("topologyManagerScope", scope);
  }

  @Option(
      names = "--cpu-cfs-quota",
      arity = "0..1",
      fallbackValue = "true",
      description = "Whether CPU limits are enforced (true).")
  void cfsQuota(boolean enforced) {
    stated.put("cpuCFSQuota", enforced);
  }

  @Option(names = "--cpu-cfs-quota-period", description = "By which period (100ms).")
  void cfsPeriod(String duration) {
    stated.put("cpuCFSQuotaPeriod", duration);
  }

  @Option(
      names = "--fail-swap-on",
      arity = "0..1",
      fallbackValue = "true",
      description = "Whether a machine that swaps is refused (false).")
  void failSwapOn(boolean fail) {
    stated.put("failSwapOn", fail);
  }

  @Option(
      names = "--serialize-image-pulls",
      arity = "0..1",
      fallbackValue = "true",
      description = "Whether images are pulled one after the other (false).")
  void serializePulls(boolean serialize) {
    stated.put("serializeImagePulls", serialize);
  }

  @Option(
      names = "--image-gc-high-threshold",
      description = "Percent of the disk above which unused images go (85).")
  void gcHigh(int percent) {
    stated.put("imageGCHighThresholdPercent", percent);
  }

  @Option(
      names = "--image-gc-low-threshold",
      description = "Percent of the disk down to which they go (80).")
  void gcLow(int percent) {
    stated.put("imageGCLowThresholdPercent", percent);
  }

  @Option(
      names = "--container-log-max-size",
      description = "How large a container's log grows before it is put aside (10Mi).")
  void logSize(String size) {
    stated.put("containerLogMaxSize", size);
  }

  @Option(names = "--container-log-max-files", description = "How many of them are kept (5).")
  void logFiles(int count) {
    stated.put("containerLogMaxFiles", count);
  }

  @Option(
      names = "--image-credential-provider-config",
      paramLabel = "FILE",
      description = "A CredentialProviderConfig: programs that know credentials of registries.")
  @Nullable Path providers;

  @Option(
      names = "--image-credential-provider-bin-dir",
      paramLabel = "FOLDER",
      description = "Where those programs are.")
  @Nullable Path programs;

  CredentialProviders credentialProviders() {
    if (providers == null && programs == null) {
      return CredentialProviders.none();
    }
    if (providers == null || programs == null) {
      throw new UserError(
          "found one of --image-credential-provider-config and --image-credential-provider-bin-dir",
          "give both");
    }
    return CredentialProviders.read(providers, programs, InstantSource.system());
  }

  /// What holds: defaults, the file over them, the flags over that.
  ///
  /// @param address where the agent serves unless the file names another
  KubeletSettings settings(InetAddress address) {
    KubeletSettings settings = KubeletSettings.read(Optional.ofNullable(file), stated);
    return settings.text("address").isEmpty()
        ? settings.with("address", address.getHostAddress())
        : settings;
  }

  private void put(String field, Map<String, String> amounts) {
    ObjectNode map = stated.putObject(field);
    amounts.forEach(map::put);
  }

  private void pairs(String field, String flag, String sign, List<String> texts) {
    ObjectNode map = stated.putObject(field);
    for (String text : texts) {
      int at = text.indexOf(sign);
      if (at < 1) {
        throw new UserError(
            "%s: found '%s'".formatted(flag, text), "write SIGNAL%sVALUE".formatted(sign));
      }
      map.put(text.substring(0, at).strip(), text.substring(at + 1).strip());
    }
  }

  /// `key=value:Effect` or `key:Effect`.
  private static void taint(ArrayNode into, String text) {
    int colon = text.lastIndexOf(':');
    if (colon < 1) {
      throw new UserError(
          "--register-with-taints: found '%s'".formatted(text),
          "write KEY=VALUE:EFFECT or KEY:EFFECT");
    }
    String[] pair = text.substring(0, colon).split("=", 2);
    ObjectNode taint = into.addObject();
    taint.put("key", pair[0]);
    if (pair.length == 2) {
      taint.put("value", pair[1]);
    }
    taint.put("effect", text.substring(colon + 1));
  }
}
