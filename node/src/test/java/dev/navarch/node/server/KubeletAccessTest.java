package dev.navarch.node.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.Cluster;
import dev.navarch.http.Exchange;
import dev.navarch.http.RequestException;
import dev.navarch.node.settings.KubeletSettings;
import java.lang.reflect.Proxy;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
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

  /// Door 22: nobody known gets nothing of a node, and no server is asked about them.
  @ParameterizedTest
  @CsvSource({
    "GET,/exec/default/web/main,''",
    "POST,/exec/default/web/main,''",
    "POST,/run/default/web/main,Basic cm9vdDpyb290",
    "GET,/attach/default/web/main,Bearer",
    "POST,/portForward/default/web,'Bearer  '",
    "GET,/containerLogs/default/web/main,''",
    "GET,/pods,''",
    "GET,/metrics,''",
    "GET,/debug/pprof/,''"
  })
  void nobodyKnownIsRefused(String method, String path, String authorization) {
    Cluster nobody =
        (Cluster)
            Proxy.newProxyInstance(
                Cluster.class.getClassLoader(),
                new Class<?>[] {Cluster.class},
                (proxy, called, args) -> {
                  throw new AssertionError("the API server was asked: " + called.getName());
                });
    Exchange asked =
        (Exchange)
            Proxy.newProxyInstance(
                Exchange.class.getClassLoader(),
                new Class<?>[] {Exchange.class},
                (proxy, called, args) ->
                    switch (called.getName()) {
                      case "method" -> method;
                      case "path" -> path;
                      case "clientCertificates" -> List.of();
                      case "header" ->
                          args[0].equals("Authorization") && !authorization.isEmpty()
                              ? Optional.of(authorization)
                              : Optional.empty();
                      default -> throw new AssertionError(called.getName());
                    });
    assertThatThrownBy(
            () ->
                new KubeletAccess(nobody, "n1", KubeletSettings.defaults(), InstantSource.system())
                    .require(asked))
        .isInstanceOfSatisfying(
            RequestException.class, refused -> assertThat(refused.status()).isEqualTo(401));
  }
}
