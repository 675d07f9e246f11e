package dev.navarch.node.pods;

import io.fabric8.kubernetes.api.model.HostAlias;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The /etc/hosts that all containers of a pod share.
final class HostsFile {
  private static final String LOOPBACK =
      """
      127.0.0.1\tlocalhost
      ::1\tlocalhost ip6-localhost ip6-loopback
      fe00::0\tip6-localnet
      fe00::0\tip6-mcastprefix
      fe00::1\tip6-allnodes
      fe00::2\tip6-allrouters
      """;

  private HostsFile() {}

  /// @param hostname of the pod, without a domain
  /// @param domain of the cluster, for the full name of a pod with a subdomain
  static void write(Path file, Pod pod, String hostname, String domain, List<String> podIps)
      throws IOException {
    var text = new StringBuilder();
    if (Boolean.TRUE.equals(pod.getSpec().getHostNetwork())) {
      text.append("# Kubernetes-managed hosts file (host network).\n");
      text.append(Files.readString(Path.of("/etc/hosts")));
    } else {
      text.append("# Kubernetes-managed hosts file.\n").append(LOOPBACK);
      String full =
          pod.getSpec().getHostnameOverride() == null ? fullName(pod, hostname, domain) : "";
      for (String ip : podIps) {
        text.append(ip).append('\t');
        text.append(full.isEmpty() ? hostname : full + "\t" + hostname).append('\n');
      }
    }
    if (!pod.getSpec().getHostAliases().isEmpty()) {
      text.append("\n# Entries added by HostAliases.\n");
      for (HostAlias alias : pod.getSpec().getHostAliases()) {
        text.append(alias.getIp())
            .append('\t')
            .append(String.join("\t", alias.getHostnames()))
            .append('\n');
      }
    }
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
    Files.setAttribute(file, "unix:mode", 0644);
  }

  static String fullName(Pod pod, String hostname, String domain) {
    String subdomain = pod.getSpec().getSubdomain();
    return subdomain == null || subdomain.isEmpty()
        ? ""
        : "%s.%s.%s.svc.%s"
            .formatted(hostname, subdomain, pod.getMetadata().getNamespace(), domain);
  }
}
