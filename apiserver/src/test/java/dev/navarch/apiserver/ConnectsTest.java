package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Json;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.proxy.Connection;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/// What admission sees of a stream or proxy, and what becomes of its changes.
final class ConnectsTest {
  private static final String POD = "/api/v1/namespaces/shop/pods/web/";

  private static Connection open(String target, Consumer<ObjectNode> change) {
    AdmissionPlugin plugin =
        new AdmissionPlugin() {
          @Override
          public void admit(Request request) {
            change.accept(Objects.requireNonNull(request.object()));
          }
        };
    FakeExchange exchange = new FakeExchange("POST", POD + target);
    ResourcePath at = ResourcePath.parse(exchange.path()).orElseThrow();
    return new Connects(BuiltInKinds.load(), new AdmissionChain(List.of(plugin)))
        .admit(exchange, at);
  }

  @Test
  void showsOptionsWithTheirDefaults() {
    open(
        "exec?command=ls&container=c&tty=true&stderr=false",
        options ->
            assertThat(Json.text(options))
                .isEqualTo(
                    "{\"apiVersion\":\"v1\",\"kind\":\"PodExecOptions\",\"stdout\":true,\"tty\":true,"
                        + "\"container\":\"c\",\"command\":[\"ls\"]}"));
    open(
        "portforward?ports=80,81&ports=82",
        options -> assertThat(options.path("ports").toString()).isEqualTo("[80,81,82]"));
  }

  @Test
  void whatNobodyChangesStaysAsItWasAsked() {
    assertThat(open("exec?command=ls&odd=1", _ -> {}).query())
        .containsOnlyKeys("command", "odd")
        .containsEntry("odd", List.of("1"));
  }

  @Test
  void anotherContainerCommandOrStreamIsUsed() {
    Connection changed =
        open(
            "exec?command=ls&container=c&stdin=1",
            options -> {
              options.put("container", "safe").put("stdin", false).remove("stderr");
              options.putArray("command").add("echo").add("no");
            });
    assertThat(changed.query())
        .containsEntry("container", List.of("safe"))
        .containsEntry("command", List.of("echo", "no"))
        .containsEntry("stdin", List.of("false"))
        .containsEntry("stdout", List.of("true"))
        .containsEntry("stderr", List.of("false"));
  }

  @Test
  void anotherPortOrPathIsUsed() {
    assertThat(open("portforward?ports=80", options -> options.putArray("ports").add(8080)).query())
        .containsEntry("ports", List.of("8080"));
    assertThat(open("proxy/secret", options -> options.put("path", "/public")).at().rest())
        .isEqualTo("/public");
  }
}
