package dev.navarch.node.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KubeletAccessTest {
  @ParameterizedTest
  @CsvSource({
    "/stats/summary,stats",
    "/metrics/cadvisor,metrics",
    "/logs/kubelet.log,log",
    "/healthz,healthz proxy",
    "/configz,configz proxy",
    "/pods,pods proxy",
    "/exec/default/web/main,proxy",
    "//exec/default/web/main,proxy",
    "/containerLogs/default/web/main,proxy",
    "/nowhere,proxy"
  })
  void aPathAsksForARightOnTheNode(String path, String rights) {
    assertThat(String.join(" ", KubeletAccess.subresources(path))).isEqualTo(rights);
  }
}
