package dev.navarch.node.proxy;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

/// The nftables table that serves a set of frontends, and the transaction that leads from one to
/// the next. Connections are matched in maps, so their cost does not grow with the number of
/// Services; a change touches only what changed.
///
/// @param chains rules by chain, for chains that belong to one frontend
/// @param affinities timeouts in seconds of the sets that remember clients, by set
/// @param services `ADDRESS . PROTOCOL . PORT` to the chain that serves it
/// @param nodePorts `PROTOCOL . PORT` to the chain that serves it on the node's own addresses
/// @param clusterIps virtual addresses: what no rule picks up there is rejected
/// @param hairpins `POD . POD` pairs, for pods that reach themselves through a Service
record RuleSet(
    Map<String, List<String>> chains,
    Map<String, Long> affinities,
    Map<String, String> services,
    Map<String, String> nodePorts,
    Set<String> clusterIps,
    Set<String> hairpins) {
  static final String TABLE = "ip navarch-proxy";
  static final RuleSet EMPTY =
      new RuleSet(Map.of(), Map.of(), Map.of(), Map.of(), Set.of(), Set.of());
  private static final String MASQUERADE_MARK = "0x4000";

  /// @param podRange sources that need no translation
  static RuleSet of(Collection<Frontend> frontends, String podRange) {
    RuleSet rules =
        new RuleSet(
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            new LinkedHashSet<>(),
            new LinkedHashSet<>());
    frontends.forEach(frontend -> rules.add(frontend, podRange));
    return rules;
  }

  private void add(Frontend frontend, String podRange) {
    clusterIps.addAll(frontend.clusterIps());
    String id = id(frontend.name());
    if (!frontend.endpoints().isEmpty() && !frontend.clusterIps().isEmpty()) {
      List<String> rules = new ArrayList<>();
      rules.add("ip saddr != %s %s".formatted(podRange, mark()));
      rules.addAll(spread(id, frontend, frontend.endpoints()));
      chains.put("in-" + id, rules);
      frontend
          .clusterIps()
          .forEach(
              ip -> services.put(address(ip, frontend.protocol(), frontend.port()), "in-" + id));
    }
    if (frontend.nodePort() != 0 || !frontend.externalIps().isEmpty()) {
      addExternal(frontend, id);
    }
    frontend.endpoints().forEach(pod -> hairpins.add(pod.ip() + " . " + pod.ip()));
    frontend.externalEndpoints().forEach(pod -> hairpins.add(pod.ip() + " . " + pod.ip()));
  }

  private void addExternal(Frontend frontend, String id) {
    if (frontend.externalEndpoints().isEmpty() && frontend.endpoints().isEmpty()) {
      return;
    }
    List<String> rules = new ArrayList<>();
    if (!frontend.keepSource()) {
      rules.add(mark());
    }
    rules.addAll(
        frontend.externalEndpoints().isEmpty()
            ? List.of("drop")
            : spread(id, frontend, frontend.externalEndpoints()));
    chains.put("ext-" + id, rules);
    frontend
        .externalIps()
        .forEach(
            ip -> services.put(address(ip, frontend.protocol(), frontend.port()), "ext-" + id));
    if (frontend.nodePort() != 0) {
      nodePorts.put(frontend.protocol() + " . " + frontend.nodePort(), "ext-" + id);
    }
  }

  /// Rules that send a connection to one of the pods, each with the same chance; with affinity, to
  /// the pod that the client had before.
  private List<String> spread(String id, Frontend frontend, List<Frontend.Endpoint> pods) {
    if (frontend.affinity().isEmpty()) {
      return List.of(
          pods.size() == 1
              ? dnat(frontend, pods.getFirst())
              : "meta l4proto %s dnat ip addr . port to numgen random mod %d map { %s }"
                  .formatted(
                      frontend.protocol(),
                      pods.size(),
                      numbered(pods, (n, pod) -> n + " : " + pod.ip() + " . " + pod.port())));
    }
    long seconds = frontend.affinity().get().toSeconds();
    List<String> rules = new ArrayList<>();
    for (Frontend.Endpoint pod : pods) {
      String own = podId(id + seconds, pod);
      affinities.put("seen-" + own, seconds);
      chains.put(
          "pod-" + own,
          List.of("update @seen-%s { ip saddr }".formatted(own), dnat(frontend, pod)));
      rules.add("ip saddr @seen-%1$s goto pod-%1$s".formatted(own));
    }
    rules.add(
        "numgen random mod %d vmap { %s }"
            .formatted(
                pods.size(),
                numbered(pods, (n, pod) -> n + " : goto pod-" + podId(id + seconds, pod))));
    return rules;
  }

  /// Whether something listens on the loopback address that is not there, but in a pod.
  boolean leavesLoopback() {
    return services.keySet().stream().anyMatch(address -> address.startsWith("127."));
  }

  /// The table from nothing: also removes whatever an earlier process left.
  String createAll() {
    return """
    table %1$s
    delete table %1$s
    table %1$s {
      map services { type ipv4_addr . inet_proto . inet_service : verdict; }
      map node-ports { type inet_proto . inet_service : verdict; }
      set cluster-ips { type ipv4_addr; }
      set hairpins { type ipv4_addr . ipv4_addr; }
      chain find-service {
        ip daddr . meta l4proto . th dport vmap @services
        fib daddr type local ip daddr != 127.0.0.0/8 meta l4proto . th dport vmap @node-ports
      }
      chain neighbours {
        type filter hook prerouting priority raw; policy accept;
        iifname != "lo" ip daddr 127.0.0.0/8 drop
      }
      chain prerouting {
        type nat hook prerouting priority dstnat; policy accept;
        jump find-service
      }
      chain output {
        type nat hook output priority -100; policy accept;
        jump find-service
      }
      chain postrouting {
        type nat hook postrouting priority srcnat; policy accept;
        meta mark & %2$s == %2$s masquerade fully-random
        ip saddr 127.0.0.0/8 ct status dnat masquerade fully-random
        ip saddr . ip daddr @hairpins ct status dnat masquerade fully-random
      }
      chain forward {
        type filter hook forward priority filter; policy accept;
        ip daddr @cluster-ips reject
      }
      chain local-output {
        type filter hook output priority filter; policy accept;
        ip daddr @cluster-ips reject
      }
    }
    """
            .formatted(TABLE, MASQUERADE_MARK)
        + changesSince(EMPTY);
  }

  /// What turns an applied rule set into this one, as one transaction; empty when they are equal.
  String changesSince(RuleSet before) {
    StringBuilder text = new StringBuilder();
    affinities.forEach(
        (set, seconds) -> {
          if (!before.affinities.containsKey(set)) {
            text.append(
                "add set %s %s { type ipv4_addr; flags dynamic,timeout; timeout %ds; }%n"
                    .formatted(TABLE, set, seconds));
          }
        });
    chains.keySet().stream()
        .filter(chain -> !before.chains.containsKey(chain))
        .forEach(chain -> text.append("add chain %s %s%n".formatted(TABLE, chain)));
    chains.forEach(
        (chain, rules) -> {
          if (!rules.equals(before.chains.get(chain))) {
            if (before.chains.containsKey(chain)) {
              text.append("flush chain %s %s%n".formatted(TABLE, chain));
            }
            rules.forEach(rule -> text.append("add rule %s %s %s%n".formatted(TABLE, chain, rule)));
          }
        });
    changeMap(text, "services", before.services, services);
    changeMap(text, "node-ports", before.nodePorts, nodePorts);
    changeSet(text, "cluster-ips", before.clusterIps, clusterIps);
    changeSet(text, "hairpins", before.hairpins, hairpins);
    List<String> goneChains =
        before.chains.keySet().stream().filter(chain -> !chains.containsKey(chain)).toList();
    goneChains.forEach(chain -> text.append("flush chain %s %s%n".formatted(TABLE, chain)));
    goneChains.forEach(chain -> text.append("delete chain %s %s%n".formatted(TABLE, chain)));
    before.affinities.keySet().stream()
        .filter(set -> !affinities.containsKey(set))
        .forEach(set -> text.append("delete set %s %s%n".formatted(TABLE, set)));
    return text.toString();
  }

  private static void changeMap(
      StringBuilder text, String map, Map<String, String> before, Map<String, String> after) {
    elements(
        text,
        "delete",
        map,
        before.entrySet().stream()
            .filter(entry -> !entry.getValue().equals(after.get(entry.getKey())))
            .map(Map.Entry::getKey)
            .toList());
    elements(
        text,
        "add",
        map,
        after.entrySet().stream()
            .filter(entry -> !entry.getValue().equals(before.get(entry.getKey())))
            .map(entry -> entry.getKey() + " : goto " + entry.getValue())
            .toList());
  }

  private static void changeSet(
      StringBuilder text, String set, Set<String> before, Set<String> after) {
    elements(text, "delete", set, before.stream().filter(each -> !after.contains(each)).toList());
    elements(text, "add", set, after.stream().filter(each -> !before.contains(each)).toList());
  }

  private static void elements(
      StringBuilder text, String action, String name, List<String> elements) {
    if (!elements.isEmpty()) {
      text.append(
          "%s element %s %s { %s }%n".formatted(action, TABLE, name, String.join(", ", elements)));
    }
  }

  private static String mark() {
    return "meta mark set meta mark | " + MASQUERADE_MARK;
  }

  private static String address(String ip, String protocol, int port) {
    return "%s . %s . %d".formatted(ip, protocol, port);
  }

  private static String dnat(Frontend frontend, Frontend.Endpoint pod) {
    return "meta l4proto %s dnat to %s".formatted(frontend.protocol(), target(pod));
  }

  private static String target(Frontend.Endpoint pod) {
    return pod.ip() + ":" + pod.port();
  }

  private static String podId(String id, Frontend.Endpoint pod) {
    return id(id + "/" + target(pod));
  }

  private static String numbered(
      List<Frontend.Endpoint> pods, BiFunction<Integer, Frontend.Endpoint, String> form) {
    return java.util.stream.IntStream.range(0, pods.size())
        .mapToObj(n -> form.apply(n, pods.get(n)))
        .collect(Collectors.joining(", "));
  }

  /// Chain names are short; what they stand for may be long.
  static String id(String name) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
