package dev.navarch.node.server;

import dev.navarch.http.ClientCall;
import dev.navarch.http.Exchange;
import dev.navarch.http.RequestException;
import dev.navarch.http.SocketConnection;
import dev.navarch.http.SpdySession;
import dev.navarch.http.Tunnel;
import dev.navarch.http.WebSocket;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.AttachRequest;
import dev.navarch.node.cri.v1.ExecRequest;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Exec, attach and port-forward. The runtime has a streaming server of its own that speaks SPDY:
/// SPDY clients are tunnelled to it byte by byte, WebSocket clients are translated.
record Streams(ContainerRuntime runtime) {
  private static final String SPDY = "SPDY/3.1";
  private static final String VERSION = "X-Stream-Protocol-Version";
  private static final String TUNNELLED = "SPDY/3.1+portforward.k8s.io";

  void exec(Exchange exchange, String containerId) {
    var ends = Ends.of(exchange);
    List<String> command = exchange.query().getOrDefault("command", List.of());
    if (command.isEmpty()) {
      throw new RequestException(400, "you must specify at least 1 command for the container");
    }
    String url =
        runtime.exec(
            ExecRequest.newBuilder()
                .setContainerId(containerId)
                .addAllCmd(command)
                .setStdin(ends.in())
                .setStdout(ends.out())
                .setStderr(ends.err() && !ends.tty())
                .setTty(ends.tty())
                .build());
    stream(exchange, URI.create(url), ends);
  }

  void attach(Exchange exchange, String containerId, boolean tty) {
    var asked = Ends.of(exchange);
    var ends = new Ends(asked.in(), asked.out(), asked.err() && !tty, tty);
    String url =
        runtime.attach(
            AttachRequest.newBuilder()
                .setContainerId(containerId)
                .setStdin(ends.in())
                .setStdout(ends.out())
                .setStderr(ends.err())
                .setTty(ends.tty())
                .build());
    stream(exchange, URI.create(url), ends);
  }

  void portForward(Exchange exchange, String sandboxId) {
    URI url = URI.create(runtime.portForward(sandboxId));
    if (!WebSocket.isAsked(exchange)) {
      tunnel(exchange, url);
      return;
    }
    KubeletServer.unchecked(
        () -> {
          try (ClientCall call = dial(url, List.of("portforward.k8s.io"));
              WebSocket socket = WebSocket.accept(exchange, List.of(TUNNELLED))) {
            Tunnel.join(socket.asConnection(), call.upgraded());
          }
        });
  }

  /// Which of a process's streams a client wants.
  record Ends(boolean in, boolean out, boolean err, boolean tty) {
    static Ends of(Exchange exchange) {
      var ends =
          new Ends(
              flag(exchange, "input", "stdin"),
              flag(exchange, "output", "stdout"),
              flag(exchange, "error", "stderr"),
              flag(exchange, "tty", "tty"));
      if (!ends.in() && !ends.out() && !ends.err()) {
        throw new RequestException(400, "you must specify at least 1 of stdin, stdout, stderr");
      }
      return ends;
    }

    private static boolean flag(Exchange exchange, String name, String other) {
      return exchange
          .query(name)
          .or(() -> exchange.query(other))
          .filter(text -> text.equals("1") || text.equals("true"))
          .isPresent();
    }
  }

  private static void stream(Exchange exchange, URI url, Ends ends) {
    if (!WebSocket.isAsked(exchange)) {
      tunnel(exchange, url);
      return;
    }
    KubeletServer.unchecked(
        () -> {
          try (ClientCall call = dial(url, List.of("v4.channel.k8s.io"));
              SpdySession session = SpdySession.client(call.upgraded());
              WebSocket socket = WebSocket.accept(exchange, ChannelFormat.PROTOCOLS)) {
            new Channels(socket, session, ends).run();
          }
        });
  }

  private static void tunnel(Exchange exchange, URI url) {
    if (exchange.header("Upgrade").filter(SPDY::equalsIgnoreCase).isEmpty()) {
      throw new RequestException(400, "unable to upgrade: missing upgrade headers in request");
    }
    KubeletServer.unchecked(
        () -> {
          try (ClientCall call = dial(url, exchange.headers(VERSION));
              Exchange.Connection client = exchange.takeOver()) {
            var head = new StringBuilder("HTTP/1.1 101 Switching Protocols\r\n");
            call.headers()
                .forEach(
                    (name, values) ->
                        values.forEach(
                            value -> head.append(name).append(": ").append(value).append("\r\n")));
            head.append("\r\n");
            client.output().write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
            client.output().flush();
            Tunnel.join(client, call.upgraded());
          }
        });
  }

  /// Connects to the runtime's streaming server and asks it for SPDY.
  private static ClientCall dial(URI url, List<String> versions) throws IOException {
    var connection = new SocketConnection(new Socket(url.getHost(), url.getPort()));
    Map<String, List<String>> headers = new LinkedHashMap<>();
    headers.put("Host", List.of(url.getAuthority()));
    headers.put("Connection", List.of("Upgrade"));
    headers.put("Upgrade", List.of(SPDY));
    if (!versions.isEmpty()) {
      headers.put(VERSION, versions);
    }
    String query = url.getRawQuery() == null ? "" : "?" + url.getRawQuery();
    ClientCall call =
        ClientCall.send(connection, "POST", url.getRawPath() + query, headers, new byte[0]);
    if (call.status() != 101) {
      String said = new String(call.body().readAllBytes(), StandardCharsets.UTF_8).strip();
      call.close();
      throw new RequestException(call.status(), "the runtime refused to stream: " + said);
    }
    return call;
  }
}
