package dev.navarch.tests.nodes;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.http.SocketConnection;
import dev.navarch.http.WebSocket;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Logs and commands over WebSocket in every form that upstream's clients may ask for, also those
/// that kubectl never does.
@RealClusterTest
class PodWebSocketsTest {
  private static final Pattern SERVING = Pattern.compile("127\\.0\\.0\\.1:(\\d+)");
  private static final String POD = "/api/v1/namespaces/sockets/pods/talker/";

  private final RealCluster cluster;
  private final Kubectl kubectl;
  private final Running proxy;
  private int port;

  PodWebSocketsTest(RealCluster cluster) {
    this.cluster = cluster;
    this.kubectl = cluster.kubectl("sockets");
    this.proxy = kubectl.start("proxy", "--port=0", "--reject-paths=^$");
  }

  @BeforeAll
  void begin() {
    kubectl.apply(Manifests.pod("talker", "", "sh, -c, 'echo container is alive; hold'"));
    cluster.awaitReady(kubectl, "talker");
    await().until(() -> SERVING.matcher(proxy.output()).find());
    Matcher serving = SERVING.matcher(proxy.output());
    assertThat(serving.find()).isTrue();
    port = Integer.parseInt(serving.group(1));
  }

  @AfterAll
  void end() {
    proxy.close();
    kubectl.ok("delete", "namespace", "sockets", "--wait=false");
  }

  private WebSocket open(String path, String protocol) throws IOException {
    return WebSocket.connect(
        new SocketConnection(new Socket(InetAddress.getLoopbackAddress(), port)),
        POD + path,
        Map.of("Host", List.of("127.0.0.1:" + port)),
        protocol.isEmpty() ? List.of() : List.of(protocol));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "binary.k8s.io", "base64.binary.k8s.io"})
  void logs(String protocol) throws IOException {
    var said = new StringBuilder();
    try (WebSocket socket = open("log?container=main", protocol)) {
      assertThat(socket.protocol()).isEqualTo(protocol);
      for (var next = socket.read(); next.isPresent(); next = socket.read()) {
        byte[] data = next.get().data();
        said.append(new String(next.get().text() ? Base64.getDecoder().decode(data) : data, UTF_8));
      }
    }
    assertThat(said).hasToString("container is alive\n");
  }

  @Test
  void logsAreFollowed() throws IOException {
    try (WebSocket socket = open("log?follow=true", "binary.k8s.io")) {
      assertThat(socket.read().orElseThrow().data()).asString(UTF_8).startsWith("container");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "channel.k8s.io",
        "base64.channel.k8s.io",
        "v4.channel.k8s.io",
        "v4.base64.channel.k8s.io",
        "v5.channel.k8s.io"
      })
  void commands(String protocol) throws IOException {
    boolean text = protocol.contains("base64");
    Map<Integer, ByteArrayOutputStream> heard = new TreeMap<>();
    String command = "command=sh&command=-c&command=" + "read+a;echo+$a;echo+no+%3E%262;exit+3";
    try (WebSocket socket = open("exec?stdin=1&stdout=1&stderr=1&" + command, protocol)) {
      assertThat(socket.protocol()).isEqualTo(protocol);
      if (text) {
        socket.sendText("0" + Base64.getEncoder().encodeToString("in\n".getBytes(UTF_8)));
      } else {
        socket.sendBinary("\0in\n".getBytes(UTF_8));
      }
      for (Optional<WebSocket.Message> next = socket.read();
          next.isPresent();
          next = socket.read()) {
        byte[] data = next.get().data();
        assertThat(next.get().text()).isEqualTo(text);
        byte[] rest = java.util.Arrays.copyOfRange(data, 1, data.length);
        heard
            .computeIfAbsent(data[0] - (text ? '0' : 0), channel -> new ByteArrayOutputStream())
            .writeBytes(text ? Base64.getDecoder().decode(rest) : rest);
      }
    }
    assertThat(word(heard, 1)).isEqualTo("in");
    assertThat(word(heard, 2)).isEqualTo("no");
    String error = word(heard, 3);
    if (protocol.startsWith("v")) {
      assertThat(error).contains("\"reason\":\"NonZeroExitCode\"");
    } else {
      assertThat(error).startsWith("command terminated with non-zero exit code");
    }
  }

  private static String word(Map<Integer, ByteArrayOutputStream> heard, int channel) {
    return heard.containsKey(channel) ? heard.get(channel).toString(UTF_8).strip() : "";
  }
}
