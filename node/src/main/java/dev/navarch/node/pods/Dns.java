package dev.navarch.node.pods;

import dev.navarch.node.cri.v1.DNSConfig;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodDNSConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What stands in a pod's resolv.conf, by its `dnsPolicy` and `dnsConfig`.
///
/// @param servers of the cluster; empty when it has none
/// @param hostFile the node's own resolv.conf; empty for no names of the node's
record Dns(List<String> servers, String domain, Optional<Path> hostFile) {
  private static final int MAX_SERVERS = 3;
  private static final int MAX_SEARCHES = 32;
  private static final int MAX_SEARCH_LINE = 2048;

  /// Whether the pod asks for the cluster's DNS and gets the node's instead.
  boolean isMissingFor(Pod pod) {
    return servers.isEmpty() && wantsCluster(pod);
  }

  DNSConfig of(Pod pod) {
    return limited(asked(pod));
  }

  /// What of the pod's wishes a resolver would not take, in the words of its event.
  List<String> omissions(Pod pod) {
    DNSConfig asked = asked(pod);
    DNSConfig limited = limited(asked);
    List<String> said = new ArrayList<>();
    if (asked.getServersCount() > limited.getServersCount()) {
      said.add(
          "Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: "
              + String.join(" ", limited.getServersList()));
    }
    if (asked.getSearchesCount() > limited.getSearchesCount()) {
      said.add(
          "Search Line limits were exceeded, some search paths have been omitted, the applied search line is: "
              + String.join(" ", limited.getSearchesList()));
    }
    return said;
  }

  private static DNSConfig limited(DNSConfig asked) {
    var limited = asked.toBuilder().clearServers().clearSearches();
    asked.getServersList().stream().limit(MAX_SERVERS).forEach(limited::addServers);
    int length = -1;
    for (String search : asked.getSearchesList()) {
      length += search.length() + 1;
      if (limited.getSearchesCount() == MAX_SEARCHES || length > MAX_SEARCH_LINE) {
        break;
      }
      limited.addSearches(search);
    }
    return limited.build();
  }

  private DNSConfig asked(Pod pod) {
    DNSConfig.Builder dns = DNSConfig.newBuilder();
    String policy = pod.getSpec().getDnsPolicy();
    if (wantsCluster(pod) && !servers.isEmpty()) {
      String namespace = pod.getMetadata().getNamespace();
      dns.addAllServers(servers);
      dns.addSearches(namespace + ".svc." + domain);
      dns.addSearches("svc." + domain);
      dns.addSearches(domain);
      dns.addAllSearches(host().getSearchesList());
      dns.addOptions("ndots:5");
    } else if (!"None".equals(policy)) {
      dns.mergeFrom(host());
    }
    PodDNSConfig own = pod.getSpec().getDnsConfig();
    return own == null ? dns.build() : merged(dns, own);
  }

  private static boolean wantsCluster(Pod pod) {
    String policy = pod.getSpec().getDnsPolicy();
    boolean hostNetwork = Boolean.TRUE.equals(pod.getSpec().getHostNetwork());
    return policy == null
        || policy.equals("ClusterFirstWithHostNet")
        || (policy.equals("ClusterFirst") && !hostNetwork);
  }

  private static DNSConfig merged(DNSConfig.Builder dns, PodDNSConfig own) {
    var servers = new java.util.LinkedHashSet<>(dns.getServersList());
    servers.addAll(own.getNameservers());
    var searches = new java.util.LinkedHashSet<>(dns.getSearchesList());
    searches.addAll(own.getSearches());
    Map<String, String> options = new LinkedHashMap<>();
    dns.getOptionsList().forEach(option -> options.put(option.split(":", 2)[0], option));
    own.getOptions()
        .forEach(
            option ->
                options.put(
                    option.getName(),
                    option.getValue() == null || option.getValue().isEmpty()
                        ? option.getName()
                        : option.getName() + ":" + option.getValue()));
    return dns.clearServers()
        .addAllServers(servers)
        .clearSearches()
        .addAllSearches(searches)
        .clearOptions()
        .addAllOptions(options.values())
        .build();
  }

  private DNSConfig host() {
    DNSConfig.Builder dns = DNSConfig.newBuilder();
    for (String line : lines()) {
      List<String> words = new ArrayList<>(List.of(line.strip().split("\\s+")));
      switch (words.removeFirst()) {
        case "nameserver" -> dns.addAllServers(words);
        case "search" -> dns.clearSearches().addAllSearches(words);
        case "options" -> dns.addAllOptions(words);
        default -> {}
      }
    }
    return dns.build();
  }

  private List<String> lines() {
    try {
      return hostFile.isPresent() && Files.exists(hostFile.get())
          ? Files.readAllLines(hostFile.get())
          : List.of();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
