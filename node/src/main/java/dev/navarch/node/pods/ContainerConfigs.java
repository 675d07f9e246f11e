package dev.navarch.node.pods;

import com.google.protobuf.ByteString;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.ContainerMetadata;
import dev.navarch.node.cri.v1.HugepageLimit;
import dev.navarch.node.cri.v1.ImageSpec;
import dev.navarch.node.cri.v1.KeyValue;
import dev.navarch.node.cri.v1.LinuxContainerConfig;
import dev.navarch.node.cri.v1.LinuxContainerResources;
import dev.navarch.node.cri.v1.Mount;
import dev.navarch.node.dra.Cdi;
import dev.navarch.node.dra.ClaimDevices;
import dev.navarch.node.dra.DraException;
import dev.navarch.node.images.ImageState;
import dev.navarch.node.volumes.DownwardApi;
import dev.navarch.node.volumes.Ready;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/// Describes a container to the runtime: what runs, with which variables, files, rights and limits.
record ContainerConfigs(
    NodeConfig config,
    Environment environment,
    ContainerMounts mounts,
    PodGroups groups,
    Provision provision,
    ClaimDevices claims,
    Cdi cdi,
    long nodeMemory) {

  /// @param attempt how often it was started before
  /// @param life how often all containers of the pod were restarted together before
  /// @param ready where the pod's volumes are
  /// @param images the content of image volumes, by volume, as the runtime knows it
  /// @param hosts the pod's hosts file
  /// @param target the id of the container whose processes are shared; empty for none
  record Order(
      DownwardApi self,
      Container container,
      int attempt,
      int life,
      ImageState.Present image,
      Map<String, Ready> ready,
      Map<String, String> images,
      Path hosts,
      String target) {}

  ContainerConfig of(Order order) {
    Pod pod = order.self().pod();
    Container container = order.container();
    Map<String, String> variables = environment.of(order.self(), container, order.ready());
    Path message = messageFile(pod, container, order.attempt());
    var result =
        ContainerConfig.newBuilder()
            .setMetadata(
                ContainerMetadata.newBuilder()
                    .setName(container.getName())
                    .setAttempt(order.attempt()))
            .setImage(
                ImageSpec.newBuilder()
                    .setImage(order.image().reference())
                    .setUserSpecifiedImage(container.getImage()))
            .setLogPath(container.getName() + "/" + order.attempt() + ".log")
            .setStdin(Boolean.TRUE.equals(container.getStdin()))
            .setStdinOnce(Boolean.TRUE.equals(container.getStdinOnce()))
            .setTty(Boolean.TRUE.equals(container.getTty()))
            .putLabels(CriNames.POD_NAME, pod.getMetadata().getName())
            .putLabels(CriNames.POD_NAMESPACE, pod.getMetadata().getNamespace())
            .putLabels(CriNames.POD_UID, pod.getMetadata().getUid())
            .putLabels(CriNames.CONTAINER_NAME, container.getName())
            .putAnnotations(CriNames.HASH, Containers.hash(container))
            .putAnnotations(CriNames.RESTART_COUNT, String.valueOf(order.attempt()))
            .putAnnotations(CriNames.LIFE, String.valueOf(order.life()))
            .putAnnotations(CriNames.MESSAGE_PATH, messagePath(container))
            .putAnnotations(CriNames.MESSAGE_POLICY, messagePolicy(container))
            .putAnnotations(CriNames.MESSAGE_FILE, message.toString())
            .setLinux(
                LinuxContainerConfig.newBuilder()
                    .setResources(resources(pod, container))
                    .setSecurityContext(
                        Security.of(
                            pod,
                            container,
                            order.image().image(),
                            new Security.Seccomp(
                                config.dataDir().resolve("seccomp"),
                                config.settings().flag("seccompDefault")),
                            order.target())));
    StopSignals.of(container).ifPresent(signal -> result.setStopSignal(signal));
    container.getCommand().forEach(word -> result.addCommand(Expansion.expand(word, variables)));
    container.getArgs().forEach(word -> result.addArgs(Expansion.expand(word, variables)));
    if (container.getWorkingDir() != null) {
      result.setWorkingDir(container.getWorkingDir());
    }
    provision.addTo(pod, container, result);
    variables.forEach(
        (name, value) ->
            result.addEnvs(
                KeyValue.newBuilder().setKey(name).setValue(ByteString.copyFromUtf8(value))));
    result.addAllMounts(mounts.of(order, variables));
    result.addAllDevices(mounts.devices(order));
    result.addMounts(
        Mount.newBuilder()
            .setContainerPath(messagePath(container))
            .setHostPath(message.toString()));
    addClaimed(pod, container, result);
    return result.build();
  }

  private void addClaimed(Pod pod, Container container, ContainerConfig.Builder result) {
    claims.addTo(pod, container, result);
    try {
      cdi.settle(result);
    } catch (DraException e) {
      throw new StartException(StartException.CREATE, e.why());
    }
  }

  LinuxContainerResources resources(Pod pod, Container container) {
    var limits = Amounts.limits(pod, container);
    var resources =
        LinuxContainerResources.newBuilder()
            .setCpuShares(Amounts.cpuShares(container))
            .setMemoryLimitInBytes(Amounts.bytes(limits, "memory").orElse(0))
            .setOomScoreAdj(Amounts.oomScore(pod, container, nodeMemory));
    PodGroups.CpuLimit cpu = groups.cpuLimit(limits);
    if (cpu.quota() > 0) {
      resources.setCpuPeriod(cpu.period()).setCpuQuota(cpu.quota());
    }
    provision.hold(pod, container, resources);
    groups.memoryRules(pod, container, nodeMemory).forEach(resources::putUnified);
    limits.forEach(
        (name, amount) -> {
          if (name.startsWith("hugepages-")) {
            resources.addHugepageLimits(
                HugepageLimit.newBuilder()
                    .setPageSize(name.substring("hugepages-".length()).replace("i", "") + "B")
                    .setLimit(amount.getNumericalAmount().longValue()));
          }
        });
    return resources.build();
  }

  private Path messageFile(Pod pod, Container container, int attempt) {
    Path file =
        config
            .podDir(pod.getMetadata().getUid())
            .resolve("containers")
            .resolve(container.getName())
            .resolve(String.valueOf(attempt));
    try {
      Files.createDirectories(file.getParent());
      Files.write(file, new byte[0]);
      Files.setAttribute(file, "unix:mode", 0666);
      return file;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String messagePath(Container container) {
    String path = container.getTerminationMessagePath();
    return path == null || path.isEmpty() ? "/dev/termination-log" : path;
  }

  private static String messagePolicy(Container container) {
    String policy = container.getTerminationMessagePolicy();
    return policy == null ? "File" : policy;
  }
}
