package dev.navarch.bench.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Connections to the server under test, made to cost as little as a client in Java can: requests
/// are bytes made beforehand, answers are counted, not read.
final class LoadClient implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final int THREADS = 2;
  private final EventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(THREADS, NioIoHandler.newFactory());
  private final ServerProcess server;
  private final SslContext plain;
  private final SslContext http2;

  LoadClient(ServerProcess server) throws IOException {
    this.server = server;
    this.plain = trusting(server).build();
    this.http2 =
        trusting(server)
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    "h2"))
            .build();
  }

  private static SslContextBuilder trusting(ServerProcess server) {
    return SslContextBuilder.forClient()
        .sslProvider(SslProvider.JDK)
        .trustManager(server.authority().toFile());
  }

  /// A request as its bytes.
  ///
  /// @param body empty for requests that have none
  byte[] request(String method, String path, Optional<String> body) {
    return request(ServerProcess.LOAD_TOKEN, method, path, body);
  }

  byte[] request(String token, String method, String path, Optional<String> body) {
    byte[] content = body.orElse("").getBytes(UTF_8);
    String type =
        body.isPresent()
            ? "Content-Type: application/json\r\nContent-Length: " + content.length + "\r\n"
            : "";
    byte[] head =
        "%s %s HTTP/1.1\r\nHost: %s:%d\r\nAuthorization: Bearer %s\r\n%s\r\n"
            .formatted(method, path, HOST, server.port(), token, type)
            .getBytes(UTF_8);
    return Unpooled.wrappedBuffer(head, content).copy().array();
  }

  /// A connection that has one request in flight.
  Connection connect() {
    Connection connection = new Connection(Connection.Body.NOBODY);
    open(connection, plain);
    return connection;
  }

  /// A connection whose answer is told as it comes: a watch.
  Connection connect(Connection.Body body) {
    Connection connection = new Connection(body);
    open(connection, plain);
    return connection;
  }

  private void open(Connection connection, SslContext tls) {
    connection.joined(
        dial(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                SslHandler handler = tls.newHandler(channel.alloc(), HOST, server.port());
                handler.setHandshakeTimeout(60, TimeUnit.SECONDS);
                channel
                    .pipeline()
                    .addLast(handler)
                    .addLast(new HttpResponseDecoder())
                    .addLast(connection);
              }
            }));
  }

  /// Many streams over one connection, as Kubernetes' own clients do it.
  Http2Connection connectHttp2() throws InterruptedException {
    return Http2Connection.over(this::dial, http2, server.port());
  }

  private Channel dial(ChannelInitializer<SocketChannel> pipeline) {
    return new Bootstrap()
        .group(loops)
        .channel(NioSocketChannel.class)
        .option(ChannelOption.TCP_NODELAY, true)
        .handler(pipeline)
        .connect(InetAddress.getLoopbackAddress(), server.port())
        .syncUninterruptibly()
        .channel();
  }

  @Override
  public void close() {
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
