package dev.navarch.node.settings;

import static dev.navarch.node.settings.Field.choice;
import static dev.navarch.node.settings.Field.duration;
import static dev.navarch.node.settings.Field.flag;
import static dev.navarch.node.settings.Field.list;
import static dev.navarch.node.settings.Field.map;
import static dev.navarch.node.settings.Field.never;
import static dev.navarch.node.settings.Field.number;
import static dev.navarch.node.settings.Field.only;
import static dev.navarch.node.settings.Field.optional;
import static dev.navarch.node.settings.Field.path;
import static dev.navarch.node.settings.Field.quantity;
import static dev.navarch.node.settings.Field.text;
import static dev.navarch.node.settings.Field.withoutEffect;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// Every field of `KubeletConfiguration` v1beta1, with upstream's default unless this agent has a
/// reason for another: whatever stands in a file is found here, or it is a mistake.
final class Fields {
  private static final int MOST = Integer.MAX_VALUE;
  private static final int DAY = 86_400;
  private static final int IDS = 65_536;
  private static final String MEMORY_QOS =
      "memory QoS has no meaning on cgroup v1, and takes the feature gate MemoryQoS on cgroup v2,"
          + " which this agent does not have";
  private static final String[] SIGNALS = {
    "memory.available",
    "nodefs.available",
    "nodefs.inodesFree",
    "imagefs.available",
    "imagefs.inodesFree",
    "pid.available"
  };
  private static final Form RESERVED =
      Form.map(Form.QUANTITY, "cpu", "memory", "ephemeral-storage", "pid");
  private static final Form TAINT =
      Form.object(
          Map.of(
              "key", Form.TEXT,
              "value", Form.TEXT,
              "effect", Form.choice("NoSchedule", "PreferNoSchedule", "NoExecute")),
          "key",
          "effect");
  private static final Form TIER =
      Form.object(
          Map.of(
              "priority", Form.number(Integer.MIN_VALUE, MOST),
              "shutdownGracePeriodSeconds", Form.number(0, MOST)),
          "priority",
          "shutdownGracePeriodSeconds");
  private static final Form MEMORY =
      Form.object(
          Map.of("numaNode", Form.number(0, MOST), "limits", Form.map(Form.QUANTITY)),
          "numaNode",
          "limits");

  private static final List<Field> SERVER =
      List.of(
          only("enableServer", true),
          optional("address", Form.ADDRESS),
          number("port", 1, 65_535, 10_250),
          only("readOnlyPort", 0),
          path("tlsCertFile", ""),
          path("tlsPrivateKeyFile", ""),
          never("tlsCipherSuites"),
          never("tlsCurvePreferences"),
          never("tlsMinVersion"),
          only("rotateCertificates", true),
          only("serverTLSBootstrap", true),
          path("authentication.x509.clientCAFile", ""),
          flag("authentication.webhook.enabled", true),
          duration("authentication.webhook.cacheTTL", "2m0s"),
          only("authentication.anonymous.enabled", false),
          only("authorization.mode", "Webhook"),
          duration("authorization.webhook.cacheAuthorizedTTL", "5m0s"),
          duration("authorization.webhook.cacheUnauthorizedTTL", "30s"),
          flag("enableDebuggingHandlers", true),
          only("enableContentionProfiling", false),
          only("enableProfilingHandler", false),
          only("enableDebugFlagsHandler", false),
          flag("enableSystemLogHandler", true),
          flag("enableSystemLogQuery", false),
          number("healthzPort", 0, 65_535, 10_248),
          text("healthzBindAddress", "127.0.0.1").of(Form.ADDRESS),
          withoutEffect("streamingConnectionIdleTimeout"),
          never("showHiddenMetricsForVersion"),
          never("logging"),
          never("tracing"));

  private static final List<Field> REPORTS =
      List.of(
          only("registerNode", true),
          optional("registerWithTaints", Form.list(TAINT)),
          text("providerID", ""),
          duration("nodeStatusUpdateFrequency", "10s"),
          duration("nodeStatusReportFrequency", "5m0s"),
          number("nodeLeaseDurationSeconds", 1, DAY, 40),
          number("nodeStatusMaxImages", -1, MOST, 50),
          never("eventRecordQPS"),
          never("eventBurst"),
          never("kubeAPIQPS"),
          never("kubeAPIBurst"),
          only("contentType", "application/json"),
          never("featureGates"));

  private static final List<Field> PODS =
      List.of(
          number("maxPods", 0, MOST, 110),
          number("podsPerCore", 0, MOST, 0),
          number("podPidsLimit", -1, Long.MAX_VALUE, -1),
          only("syncFrequency", "1m0s"),
          only("fileCheckFrequency", "20s"),
          only("httpCheckFrequency", "20s"),
          path("staticPodPath", ""),
          never("staticPodURL"),
          never("staticPodURLHeader"),
          only("runOnce", false),
          never("podCIDR"),
          text("clusterDomain", "cluster.local"),
          list("clusterDNS", Form.ADDRESS),
          path("resolvConf", "/etc/resolv.conf"),
          only("hairpinMode", "hairpin-veth"),
          list("allowedUnsafeSysctls", Form.TEXT),
          flag("seccompDefault", false),
          number("userNamespaces.idsPerPod", IDS, MOST, IDS).of(Form.multiple(IDS)),
          text("crashLoopBackOff.maxContainerRestartPeriod", "5m0s")
              .of(Form.duration("1s", "5m0s")),
          duration("shutdownGracePeriod", "0s").of(Form.zeroOrFrom("1s")),
          duration("shutdownGracePeriodCriticalPods", "0s").of(Form.zeroOrFrom("1s")),
          optional("shutdownGracePeriodByPodPriority", Form.list(TIER)),
          only("configMapAndSecretChangeDetectionStrategy", "Get"),
          only("enableControllerAttachDetach", true),
          never("volumePluginDir"),
          only("volumeStatsAggPeriod", "1m0s"),
          only("localStorageCapacityIsolation", true));

  private static final List<Field> IMAGES =
      List.of(
          number("registryPullQPS", 0, MOST, 5),
          number("registryBurst", 0, MOST, 10),
          choice(
              "imagePullCredentialsVerificationPolicy",
              "NeverVerifyPreloadedImages",
              "NeverVerify",
              "NeverVerifyAllowlistedImages",
              "AlwaysVerify"),
          list("preloadedImagesVerificationAllowlist", Form.TEXT),
          flag("serializeImagePulls", false),
          optional("maxParallelImagePulls", Form.number(1, MOST)),
          duration("imageMinimumGCAge", "2m0s"),
          duration("imageMaximumGCAge", "0s"),
          number("imageGCHighThresholdPercent", 0, 100, 85),
          number("imageGCLowThresholdPercent", 0, 100, 80),
          quantity("containerLogMaxSize", "10Mi"),
          number("containerLogMaxFiles", 2, MOST, 5),
          only("containerLogMaxWorkers", 1),
          duration("containerLogMonitorInterval", "10s"),
          path("podLogsDir", ""));

  private static final List<Field> RESOURCES =
      List.of(
          text("containerRuntimeEndpoint", ""),
          never("imageServiceEndpoint"),
          only("runtimeRequestTimeout", "2m0s"),
          path("cgroupRoot", ""),
          only("cgroupsPerQOS", true),
          only("cgroupDriver", "cgroupfs"),
          never("kubeletCgroups"),
          never("systemCgroups"),
          flag("failCgroupV1", false),
          flag("failSwapOn", false),
          choice("memorySwap.swapBehavior", "NoSwap", "LimitedSwap", ""),
          optional("singleProcessOOMKill", Form.FLAG),
          flag("cpuCFSQuota", true),
          text("cpuCFSQuotaPeriod", "100ms").of(Form.duration("1ms", "1s")),
          never("qosReserved"),
          never("memoryThrottlingFactor").because(MEMORY_QOS),
          only("memoryReservationPolicy", "None").because(MEMORY_QOS),
          map("systemReserved", RESERVED),
          map("kubeReserved", RESERVED),
          path("systemReservedCgroup", ""),
          path("kubeReservedCgroup", ""),
          text("reservedSystemCPUs", "").of(Form.CPUS),
          list(
              "enforceNodeAllocatable",
              Form.choice(
                  "none",
                  "pods",
                  "system-reserved",
                  "system-reserved-compressible",
                  "kube-reserved",
                  "kube-reserved-compressible"),
              "pods"),
          only("protectKernelDefaults", false),
          only("makeIPTablesUtilChains", false),
          withoutEffect("iptablesMasqueradeBit"),
          withoutEffect("iptablesDropBit"),
          only("oomScoreAdj", 0),
          never("maxOpenFiles"));

  private static final List<Field> TOPOLOGY =
      List.of(
          choice("cpuManagerPolicy", "none", "static"),
          map(
              "cpuManagerPolicyOptions",
              Form.map(
                  Form.choice("true", "false"),
                  "full-pcpus-only",
                  "distribute-cpus-across-numa",
                  "align-by-socket",
                  "distribute-cpus-across-cores",
                  "strict-cpu-reservation",
                  "prefer-align-cpus-by-uncorecache")),
          duration("cpuManagerReconcilePeriod", "10s"),
          choice("memoryManagerPolicy", "None", "Static"),
          optional("reservedMemory", Form.list(MEMORY)),
          choice("topologyManagerPolicy", "none", "best-effort", "restricted", "single-numa-node"),
          choice("topologyManagerScope", "container", "pod"),
          map(
              "topologyManagerPolicyOptions",
              Form.map(Form.TEXT, "prefer-closest-numa-nodes", "max-allowable-numa-nodes")),
          only("draManagerReconcilePeriod", "1m0s"));

  private static final List<Field> EVICTION =
      List.of(
          map("evictionHard", Form.map(Form.THRESHOLD, SIGNALS)),
          map("evictionSoft", Form.map(Form.THRESHOLD, SIGNALS)),
          map("evictionSoftGracePeriod", Form.map(Form.DURATION, SIGNALS)),
          map("evictionMinimumReclaim", Form.map(Form.THRESHOLD, SIGNALS)),
          duration("evictionPressureTransitionPeriod", "5m0s"),
          number("evictionMaxPodGracePeriod", 0, MOST, 0),
          flag("mergeDefaultEvictionSettings", false),
          only("kernelMemcgNotification", false));

  static final List<Field> ALL =
      Stream.of(SERVER, REPORTS, PODS, IMAGES, RESOURCES, TOPOLOGY, EVICTION)
          .flatMap(List::stream)
          .toList();

  private Fields() {}
}
