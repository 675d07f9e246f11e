package dev.navarch.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;

/// Lays out a connection for the HTTP version that the TLS handshake agreed on. HTTP/2 streams get
/// a child channel each, translated to the same objects as HTTP/1.1, so that one {@link
/// RequestHandler} serves both.
final class Negotiation extends ApplicationProtocolNegotiationHandler {
  private static final int RESETS_PER_WINDOW = 200;
  private static final int RESET_WINDOW_SECONDS = 30;
  private final HttpServer.Settings settings;
  private final Requests requests;

  Negotiation(HttpServer.Settings settings, Requests requests) {
    super(ApplicationProtocolNames.HTTP_1_1);
    this.settings = settings;
    this.requests = requests;
  }

  @Override
  protected void configurePipeline(ChannelHandlerContext context, String protocol) {
    if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
      http2(context);
    } else {
      http1(context);
    }
  }

  private void http1(ChannelHandlerContext context) {
    var config =
        new HttpDecoderConfig()
            .setMaxInitialLineLength(settings.maxHead())
            .setMaxHeaderSize(settings.maxHead());
    context
        .pipeline()
        .addLast(new HttpRequestDecoder(config))
        .addLast(new HttpResponseEncoder())
        .addLast(new RequestHandler(requests, false));
  }

  private void http2(ChannelHandlerContext context) {
    Http2FrameCodec codec =
        Http2FrameCodecBuilder.forServer()
            .initialSettings(
                Http2Settings.defaultSettings()
                    .maxConcurrentStreams(settings.maxStreams())
                    .maxHeaderListSize(settings.maxHead())
                    .initialWindowSize(256 << 10))
            .decoderEnforceMaxRstFramesPerWindow(RESETS_PER_WINDOW, RESET_WINDOW_SECONDS)
            .gracefulShutdownTimeoutMillis(settings.drain().toMillis())
            .build();
    var streams =
        new ChannelInitializer<Channel>() {
          @Override
          protected void initChannel(Channel stream) {
            stream
                .pipeline()
                .addLast(new Http2StreamFrameToHttpObjectCodec(true))
                .addLast(new RequestHandler(requests, true));
          }
        };
    context
        .pipeline()
        .addLast(codec)
        .addLast(new IdleStateHandler(0, 0, settings.idle().toMillis(), TimeUnit.MILLISECONDS))
        .addLast(new Http2MultiplexHandler(streams))
        .addLast(new Http2Connection(codec));
  }

  @Override
  protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }

  /// Ends an HTTP/2 connection that is idle, told to drain, or broken. Closing lets running streams
  /// finish first.
  private static final class Http2Connection extends ChannelDuplexHandler {
    private final Http2FrameCodec codec;

    Http2Connection(Http2FrameCodec codec) {
      this.codec = codec;
    }

    /// Settings and pings, which the codec has dealt with.
    @Override
    public void channelRead(ChannelHandlerContext context, Object frame) {
      ReferenceCountUtil.release(frame);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      boolean idle = event instanceof IdleStateEvent && codec.connection().numActiveStreams() == 0;
      if (idle || event == HttpServer.Drain.NOW) {
        context.close();
      } else {
        context.fireUserEventTriggered(event);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      context.close();
    }
  }
}
