package dev.navarch.bench.api;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;

/// One HTTP/2 connection with many watches on it, whose answers are only awaited to begin.
final class Http2Connection implements AutoCloseable {
  private final Channel connection;
  private final Http2StreamChannelBootstrap streams;
  private final String authority;

  private Http2Connection(Channel connection, String authority) {
    this.connection = connection;
    this.streams = new Http2StreamChannelBootstrap(connection);
    this.authority = authority;
  }

  static Http2Connection over(
      Function<ChannelInitializer<SocketChannel>, Channel> dial, SslContext tls, int port)
      throws InterruptedException {
    Channel channel =
        dial.apply(
            new ChannelInitializer<>() {
              @Override
              protected void initChannel(SocketChannel socket) {
                socket
                    .pipeline()
                    .addLast(tls.newHandler(socket.alloc(), "127.0.0.1", port))
                    .addLast(Http2FrameCodecBuilder.forClient().build())
                    .addLast(new Http2MultiplexHandler(new ChannelInboundHandlerAdapter()));
              }
            });
    channel.pipeline().get(SslHandler.class).handshakeFuture().sync();
    return new Http2Connection(channel, "127.0.0.1:" + port);
  }

  /// Opens a stream; the latch is counted down when the server has begun to answer with 200.
  void watch(String path, CountDownLatch begun) {
    Channel stream =
        streams
            .handler(
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public void channelRead(ChannelHandlerContext context, Object frame) {
                    if (frame instanceof Http2HeadersFrame head
                        && "200".contentEquals(head.headers().status())) {
                      begun.countDown();
                    }
                    ReferenceCountUtil.release(frame);
                  }
                })
            .open()
            .syncUninterruptibly()
            .getNow();
    stream.writeAndFlush(
        new DefaultHttp2HeadersFrame(
            new DefaultHttp2Headers()
                .method("GET")
                .scheme("https")
                .authority(authority)
                .path(path)
                .add("authorization", "Bearer " + ServerProcess.LOAD_TOKEN)
                .add("user-agent", "bench")
                .add("accept", "application/json"),
            true));
  }

  @Override
  public void close() {
    connection.close();
  }
}
