package dev.navarch.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Serves HTTP/1.1 and HTTP/2 over TLS. Netty's few threads only move bytes; each request runs its
/// {@link Handler} on a virtual thread of its own, in plain blocking code.
public final class HttpServer implements AutoCloseable {
  private final EventLoopGroup loops;
  private final Channel listener;
  private final ChannelGroup connections;
  private final Settings settings;

  /// Limits of a server.
  ///
  /// @param address an IP address of this machine
  /// @param port 0 for any free one
  /// @param maxBody bytes of a request's body; more is answered with 413
  /// @param maxHead bytes of a request's line and headers
  /// @param maxStreams concurrent requests on one HTTP/2 connection
  /// @param idle how long a connection may wait for its next request, or dawdle over its head
  /// @param patience how long a client may take to send a body, and how long it may take nothing of
  ///   an answer, before it is given up
  /// @param drain how long {@link #close} waits for requests in flight
  public record Settings(
      String address,
      int port,
      Tls tls,
      int maxBody,
      int maxHead,
      int maxStreams,
      Duration idle,
      Duration patience,
      Duration drain) {

    /// Upstream's limits where it has some.
    public static Settings of(String address, int port, Tls tls) {
      return new Settings(
          address,
          port,
          tls,
          3 << 20,
          256 << 10,
          250,
          Duration.ofSeconds(90),
          Duration.ofSeconds(60),
          Duration.ofSeconds(2));
    }
  }

  /// Makes an answer of what a handler threw.
  @FunctionalInterface
  public interface ErrorHandler {
    void handle(Exchange exchange, RuntimeException error);
  }

  private HttpServer(
      Settings settings, EventLoopGroup loops, Channel listener, ChannelGroup connections) {
    this.settings = settings;
    this.loops = loops;
    this.listener = listener;
    this.connections = connections;
  }

  /// Listens from now on; an address that cannot be bound is an exception that names it.
  public static HttpServer start(Settings settings, Handler handler, ErrorHandler errors) {
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            Math.min(4, Runtime.getRuntime().availableProcessors()),
            new DefaultThreadFactory("http", true),
            NioIoHandler.newFactory());
    ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    Requests requests = new Requests(settings, handler, errors);
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(ChannelOption.SO_KEEPALIVE, true)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(64 << 10, 256 << 10))
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    connections.add(channel);
                    channel
                        .pipeline()
                        .addLast(settings.tls().newHandler(channel.alloc()))
                        .addLast(new Negotiation(settings, requests));
                  }
                });
    var bound = bootstrap.bind(settings.address(), settings.port()).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw new IllegalStateException(
          "cannot listen on %s port %d: %s"
              .formatted(settings.address(), settings.port(), bound.cause().getMessage()),
          bound.cause());
    }
    return new HttpServer(settings, loops, bound.channel(), connections);
  }

  public int port() {
    return ((InetSocketAddress) listener.localAddress()).getPort();
  }

  /// Takes no new request, lets those in flight end within the drain time, then cuts the rest.
  @Override
  public void close() {
    listener.close().awaitUninterruptibly();
    connections.forEach(each -> each.pipeline().fireUserEventTriggered(Drain.NOW));
    connections.newCloseFuture().awaitUninterruptibly(settings.drain().toMillis());
    connections.close();
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /// Tells a connection to end with the request that it is at.
  enum Drain {
    NOW
  }
}
