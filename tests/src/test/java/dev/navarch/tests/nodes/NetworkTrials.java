package dev.navarch.tests.nodes;

import java.util.stream.Stream;

/// A pod's name, its addresses, what it resolves names with, and its ports on the node.
final class NetworkTrials {
  private NetworkTrials() {}

  static Stream<Trial> all() {
    return Stream.of(names(), hosts(), dns(), addresses()).flatMap(s -> s);
  }

  private static Stream<Trial> names() {
    String full = "hostname-full.inner.trials.svc.cluster.local";
    String longName =
        "a-name-of-more-letters-than-a-hostname-may-have-which-are-sixty-three-in-all";
    return Stream.of(
        Trial.of("hostname-by-name", "is host hostname-by-name \"$(hostname)\""),
        Trial.of("hostname-stated", "is host other \"$(hostname)\"").spec("hostname: other"),
        Trial.of(longName, "is host '%s' \"$(hostname)\"".formatted(longName.substring(0, 63))),
        Trial.of(
                "subdomain",
                "is host subdomain \"$(hostname)\"; has hosts subdomain.inner.trials.svc.cluster.local \"$(cat /etc/hosts)\"")
            .spec("subdomain: inner"),
        Trial.of("hostname-full", "is host %s \"$(hostname)\"".formatted(full))
            .spec("subdomain: inner\nsetHostnameAsFQDN: true"),
        Trial.of("hostname-override", "is host very.own.name \"$(hostname)\"")
            .spec("hostnameOverride: very.own.name"));
  }

  private static Stream<Trial> hosts() {
    return Stream.of(
        Trial.of(
            "hosts-managed",
            "has head 'Kubernetes-managed hosts file.' \"$(head -n 1 /etc/hosts)\"; is mode 644 $(mode /etc/hosts); has self hosts-managed \"$(grep \"$(hostname -i)\" /etc/hosts)\""),
        Trial.of(
                "hosts-aliases",
                "is alias '10.1.2.3 one two' \"$(grep 10.1.2.3 /etc/hosts | tr '\\t' ' ')\"; is other '10.1.2.4 three' \"$(grep 10.1.2.4 /etc/hosts | tr '\\t' ' ')\"")
            .spec(
                "hostAliases: [{ip: 10.1.2.3, hostnames: [one, two]}, {ip: 10.1.2.4, hostnames: [three]}]"),
        Trial.of("hosts-of-node", "has head 'host network' \"$(head -n 1 /etc/hosts)\"")
            .spec("hostNetwork: true"),
        Trial.of("hosts-of-node-aliases", "has alias one \"$(grep 10.1.2.3 /etc/hosts)\"")
            .spec("hostNetwork: true\nhostAliases: [{ip: 10.1.2.3, hostnames: [one]}]"),
        Trial.of(
                "hosts-shared",
                "has hosts hosts-shared \"$(cat /etc/hosts)\"; is same \"$(hostname -i)\" \"$(grep hosts-shared /etc/hosts | cut -f1)\"")
            .beside("- {name: other, image: IMAGE, command: [\"true\"]}"));
  }

  private static Stream<Trial> dns() {
    return Stream.of(
        Trial.of(
                "dns-none",
                "is servers '10.9.9.9 10.9.9.8' \"$(awk '/^nameserver/ {print $2}' /etc/resolv.conf | xargs)\"; has search 'one.example two.example' \"$(grep ^search /etc/resolv.conf)\"; has options 'ndots:2 edns0' \"$(grep ^options /etc/resolv.conf)\"")
            .spec(
                "dnsPolicy: None\ndnsConfig: {nameservers: [10.9.9.9, 10.9.9.8], searches: [one.example, two.example], options: [{name: ndots, value: \"2\"}, {name: edns0}]}"),
        Trial.of("dns-default", "can read test -r /etc/resolv.conf").spec("dnsPolicy: Default"),
        Trial.of(
                "dns-default-and-own",
                "has search own.example \"$(cat /etc/resolv.conf)\"; has options ndots:3 \"$(cat /etc/resolv.conf)\"")
            .spec(
                "dnsPolicy: Default\ndnsConfig: {searches: [own.example], options: [{name: ndots, value: \"3\"}]}"),
        Trial.of("dns-more-servers", "has server 10.9.9.9 \"$(cat /etc/resolv.conf)\"")
            .spec("dnsPolicy: ClusterFirst\ndnsConfig: {nameservers: [10.9.9.9]}"),
        Trial.of("dns-host-network", "can read test -r /etc/resolv.conf")
            .spec("hostNetwork: true\ndnsPolicy: ClusterFirstWithHostNet"));
  }

  private static Stream<Trial> addresses() {
    return Stream.of(
        Trial.of(
            "address",
            "is address \"$(hostname -i)\" \"$(ip -4 -o addr show eth0 | awk '{print $4}' | cut -d/ -f1)\"; has range %s \"$(hostname -i)\"; has route default \"$(ip route)\"; has loopback 127.0.0.1 \"$(ip addr show lo)\""
                .formatted(RealCluster.PODS)),
        Trial.of(
            "address-to-itself",
            "serve 8130 & soon answer wget -qO- http://$(hostname -i):8130/cgi-bin/who; kill $!"),
        Trial.of(
                "network-shared",
                "soon answer wget -qO- http://127.0.0.1:8131/cgi-bin/who; touch /v/done")
            .volume("emptyDir: {}")
            .beside(
                "- {name: other, image: IMAGE, command: [sh, -c, \"serve 8131 & until test -e /v/done; do sleep 0.1; done; kill $!\"], volumeMounts: [{name: v, mountPath: /v}]}"),
        Trial.of(
                "host-network",
                "has node %s \"$(ip addr)\"; has bridge cbr0 \"$(ip link)\"; has host node \"$(hostname -i)$(cat /etc/hosts)node\""
                    .formatted(RealCluster.NODES))
            .spec("hostNetwork: true"),
        ported("host-port", "{containerPort: 8132, hostPort: 18132}", "$NODE:18132"),
        ported(
            "host-port-of-address",
            "{containerPort: 8132, hostPort: 18133, hostIP: NODEIP}",
            "$NODE:18133"),
        ported(
            "host-port-named", "{name: web, containerPort: 8132, hostPort: 18134}", "$NODE:18134"),
        Trial.of(
            "api-server",
            "soon connection sh -c 'echo | nc -w 2 $KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT'"));
  }

  private static Trial ported(String name, String port, String address) {
    return Trial.of(
            name,
            "serve 8132 & soon answer wget -qO- http://%s/cgi-bin/who; kill $!".formatted(address))
        .container(
            "env: [{name: NODE, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}]\nports: [%s]"
                .formatted(port.replace("hostIP: NODEIP", "hostIP: 0.0.0.0")));
  }
}
