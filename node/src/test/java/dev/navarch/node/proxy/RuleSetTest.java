package dev.navarch.node.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.node.host.Commands;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The rules as the kernel takes them, in a network namespace of the test's own.
@Tag("nodes")
class RuleSetTest {
  private static final String NETNS = "navarch-test-proxy";
  private static final String PODS = "10.40.0.0/16";

  @BeforeEach
  void namespace() {
    Commands.run("ip", "netns", "add", NETNS);
  }

  @AfterEach
  void noNamespace() {
    Commands.run("ip", "netns", "del", NETNS);
  }

  @Test
  void kernelTakesEveryKindOfFrontend() {
    RuleSet rules =
        RuleSet.of(
            List.of(
                web(List.of(pod("10.40.1.2"), pod("10.40.2.2")), Optional.empty()),
                sticky(List.of(pod("10.40.1.2"), pod("10.40.2.2"))),
                local(List.of())),
            PODS);

    apply(rules.createAll());

    assertThat(table())
        .contains("10.96.0.10 . tcp . 80 : goto in-")
        .contains("tcp . 30080 : goto ext-")
        .contains("10.40.1.2 . 10.40.1.2");
  }

  @Test
  void changesLeadToTheSameTableAsStartingAnew() {
    RuleSet first =
        RuleSet.of(
            List.of(
                web(List.of(pod("10.40.1.2"), pod("10.40.2.2")), Optional.empty()),
                sticky(List.of(pod("10.40.1.2")))),
            PODS);
    RuleSet second =
        RuleSet.of(
            List.of(
                web(List.of(pod("10.40.3.3")), Optional.empty()),
                sticky(List.of(pod("10.40.4.4"), pod("10.40.5.5")))),
            PODS);
    RuleSet third = RuleSet.of(List.of(web(List.of(), Optional.empty()), local(List.of())), PODS);
    apply(first.createAll());

    for (RuleSet[] step : new RuleSet[][] {{first, second}, {second, third}, {third, first}}) {
      apply(step[1].changesSince(step[0]));
      List<String> changed = sortedTable();
      apply(step[1].createAll());
      assertThat(changed).isEqualTo(sortedTable());
    }
    assertThat(first.changesSince(first)).isEmpty();
  }

  private static Frontend web(List<Frontend.Endpoint> pods, Optional<Duration> affinity) {
    return new Frontend(
        "default/web:http",
        "tcp",
        List.of("10.96.0.10"),
        List.of("192.0.2.7"),
        80,
        30080,
        pods,
        pods,
        false,
        affinity);
  }

  private static Frontend sticky(List<Frontend.Endpoint> pods) {
    return new Frontend(
        "default/sticky:http",
        "tcp",
        List.of("10.96.0.11"),
        List.of(),
        80,
        0,
        pods,
        pods,
        false,
        Optional.of(Duration.ofHours(3)));
  }

  private static Frontend local(List<Frontend.Endpoint> here) {
    return new Frontend(
        "default/local:dns",
        "udp",
        List.of("10.96.0.12"),
        List.of(),
        53,
        30053,
        List.of(pod("10.40.9.9")),
        here,
        true,
        Optional.empty());
  }

  private static Frontend.Endpoint pod(String ip) {
    return new Frontend.Endpoint(ip, 8080);
  }

  private static void apply(String transaction) {
    Commands.runWithInput(transaction, "nsenter", "--net=/run/netns/" + NETNS, "nft", "-f", "-");
  }

  private static String table() {
    return Commands.run(
        "nsenter", "--net=/run/netns/" + NETNS, "nft", "list", "table", "ip", "navarch-proxy");
  }

  private static List<String> sortedTable() {
    return table()
        .replace(",", "\n")
        .replaceAll("[{}]|elements =|handle \\d+", "\n")
        .lines()
        .map(String::strip)
        .filter(line -> !line.isEmpty())
        .sorted()
        .toList();
  }
}
