package dev.navarch.node.pods;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.cri.v1.PodSandboxStatus;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Makes a pod's sandbox: what owns its network, by the handler that its RuntimeClass names.
record Sandboxes(PodTools tools, StartTimes times) {
  private static final Resource<GenericKubernetesResource> RUNTIME_CLASSES =
      Resource.generic("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", false);

  /// Returns whether it stands; why not, the pod's events tell.
  ///
  /// @param attempt how many sandboxes the pod had before
  boolean make(Pod pod, Observation seen, int attempt) throws IOException {
    if (attempt > 0 && seen.sandbox().isPresent()) {
      tools
          .story()
          .normal(pod, "SandboxChanged", "Pod sandbox changed, it will be killed and re-created.");
      for (PodSandboxStatus old : seen.sandboxes()) {
        tools.runtime().stopSandbox(old.getId());
      }
    }
    tellIfDnsIsMissing(pod);
    try {
      String handler = handler(tools.cluster(), pod);
      if (UserNamespaces.isWanted(pod)) {
        tools.userNamespaces().assign(pod, handler, tools.features().get());
      }
      PodSandboxConfig config = tools.sandboxes().of(pod, attempt);
      Files.createDirectories(Path.of(config.getLogDirectory()));
      times.of(
          StartTimes.Phase.SANDBOX,
          () -> tools.runtime().runSandbox(tools.userNamespaces().apply(pod, config), handler));
      return true;
    } catch (CriException | ApiException | StartException e) {
      tools
          .story()
          .warning(
              pod, "FailedCreatePodSandBox", "Failed to create pod sandbox: " + e.getMessage());
      return false;
    }
  }

  /// Empty for the runtime's own choice.
  static String handler(Cluster cluster, Pod pod) {
    String name = pod.getSpec().getRuntimeClassName();
    if (name == null || name.isEmpty()) {
      return "";
    }
    var found = cluster.find(RUNTIME_CLASSES, new Key("", name));
    return found
        .map(runtimeClass -> runtimeClass.getAdditionalProperties().get("handler"))
        .map(String::valueOf)
        .orElseThrow(
            () ->
                new ApiException(
                    new ApiError.NotFound(
                        new ApiError.Resource("node.k8s.io", "runtimeclasses"), name)));
  }

  private void tellIfDnsIsMissing(Pod pod) {
    tools.dns().omissions(pod).forEach(why -> tools.story().warning(pod, "DNSConfigForming", why));
    if (!tools.dns().isMissingFor(pod)) {
      return;
    }
    var meta = pod.getMetadata();
    tools
        .story()
        .warning(
            pod,
            "MissingClusterDNS",
            "pod: \"%s_%s(%s)\". kubelet does not have ClusterDNS IP configured and cannot create Pod using \"ClusterFirst\" policy. Falling back to \"Default\" policy."
                .formatted(meta.getName(), meta.getNamespace(), meta.getUid()));
  }
}
