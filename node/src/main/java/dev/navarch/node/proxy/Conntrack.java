package dev.navarch.node.proxy;

import dev.navarch.node.host.Commands;
import java.util.List;
import java.util.Map;

/// Makes the kernel forget UDP flows whose Service now goes elsewhere: UDP has no end of
/// connection, so a busy flow would stay with a pod that is gone.
final class Conntrack {
  private Conntrack() {}

  static void forgetStale(RuleSet before, RuleSet now) {
    forget(before.services(), before, now);
    forget(before.nodePorts(), before, now);
    forgetUnserved(before.services(), now.services());
    forgetUnserved(before.nodePorts(), now.nodePorts());
  }

  /// Flows that began when nobody was there.
  private static void forgetUnserved(Map<String, String> before, Map<String, String> now) {
    now.keySet().stream().filter(key -> !before.containsKey(key)).forEach(Conntrack::forget);
  }

  private static void forget(Map<String, String> keys, RuleSet before, RuleSet now) {
    keys.forEach(
        (key, chain) -> {
          List<String> rules = before.chains().get(chain);
          if (rules != null && !rules.equals(now.chains().get(chain))) {
            forget(key);
          }
        });
  }

  private static void forget(String key) {
    String[] parts = key.split(" \\. ");
    if (parts.length == 3 && parts[1].equals("udp")) {
      Commands.outcome("", "conntrack", "-D", "-p", "udp", "-d", parts[0], "--dport", parts[2]);
    } else if (parts.length == 2 && parts[0].equals("udp")) {
      Commands.outcome("", "conntrack", "-D", "-p", "udp", "--dport", parts[1]);
    }
  }
}
