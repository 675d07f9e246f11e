package dev.navarch.apiserver;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The real `kubectl`, as found on the path, against a server in this process.
@Tag("slow")
class KubectlTest {
  @TempDir static Path folder;
  private static ApiServer server;

  private record Ran(int exit, String output) {}

  @BeforeAll
  static void start() throws Exception {
    server = ApiServer.start(ApiServerConfig.of(folder, "127.0.0.1", 0, "192.0.2.10"));
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Ran kubectl(String... arguments) throws Exception {
    assumeTrue(
        List.of(System.getenv("PATH").split(":")).stream()
            .anyMatch(each -> Files.isExecutable(Path.of(each, "kubectl"))),
        "kubectl is not on the path");
    List<String> command =
        new ArrayList<>(
            List.of(
                "kubectl",
                "--server=https://127.0.0.1:" + server.port(),
                "--certificate-authority=" + server.pki().certificate("ca"),
                "--client-certificate=" + server.pki().certificate("admin"),
                "--client-key=" + server.pki().key("admin")));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("HOME", folder.toString());
    builder.environment().put("KUBECONFIG", "/dev/null");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Ran(process.waitFor(), output);
  }

  @Test
  void worksFromTheFirstMoment() throws Exception {
    assertThat(kubectl("get", "--raw", "/version").output()).contains("v1.36");
    assertThat(kubectl("get", "ns").output()).contains("kube-system").contains("Active");
    assertThat(kubectl("create", "ns", "shop").output()).contains("namespace/shop created");
    assertThat(kubectl("-n", "shop", "create", "configmap", "c", "--from-literal=a=b").output())
        .contains("configmap/c created");
    assertThat(kubectl("-n", "shop", "get", "cm", "c", "-o", "jsonpath={.data.a}").output())
        .isEqualTo("b");
    assertThat(kubectl("auth", "can-i", "list", "pods").output()).contains("yes");
    assertThat(kubectl("auth", "can-i", "list", "pods", "--as", "vera").output()).contains("no");
    assertThat(kubectl("get", "pods", "--as", "vera").output())
        .contains("Error from server (Forbidden): pods is forbidden: User \"vera\" cannot list");
    assertThat(kubectl("api-resources").output()).contains("deployments");
    assertThat(kubectl("logs", "none").output())
        .containsIgnoringCase("error from server (NotFound): pods \"none\" not found");
  }
}
