package dev.navarch.http;

import static io.netty.handler.codec.http.HttpHeaderNames.CONNECTION;
import static io.netty.handler.codec.http.HttpHeaderNames.UPGRADE;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.codec.http2.DefaultHttp2GoAwayFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.util.AttributeKey;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.ScheduledFuture;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Turns decoded HTTP objects into exchanges, strictly one after another; what a client sends ahead
/// waits. All state belongs to the channel's event loop.
final class RequestHandler extends ChannelInboundHandlerAdapter {
  private static final int AHEAD = 64;
  private static final int LINGER_MILLIS = 500;
  private static final AttributeKey<Boolean> LEAVING = AttributeKey.valueOf("leaving");
  private final Requests requests;
  private final boolean http2;
  private final Deque<Object> ahead = new ArrayDeque<>();
  private @Nullable NettyExchange current;
  private boolean receiving;
  private boolean draining;
  private boolean lingering;
  private @Nullable ScheduledFuture<?> idle;

  RequestHandler(Requests requests, boolean http2) {
    this.requests = requests;
    this.http2 = http2;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext context) {
    awaitRequest(context);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (lingering) {
      ReferenceCountUtil.release(message);
      if (message instanceof LastHttpContent) {
        context.close();
      }
    } else if (message instanceof ByteBuf || (current != null && !receiving)) {
      ahead.add(message);
      if (ahead.size() >= AHEAD) {
        context.channel().config().setAutoRead(false);
      }
    } else {
      accept(context, message);
    }
  }

  private void accept(ChannelHandlerContext context, Object message) {
    switch (message) {
      case HttpRequest request when request.decoderResult().isFailure() ->
          refuse(context, status(request.decoderResult().cause()));
      case HttpRequest request when request.protocolVersion().majorVersion() != 1 ->
          refuse(context, HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED);
      case HttpRequest request -> begin(context, request);
      case HttpContent content when current != null -> receive(context, current, content);
      default -> ReferenceCountUtil.release(message);
    }
  }

  private void begin(ChannelHandlerContext context, HttpRequest request) {
    if (idle != null) {
      idle.cancel(false);
    }
    boolean upgrade =
        !http2
            && request.headers().contains(UPGRADE)
            && request.headers().containsValue(CONNECTION, HttpHeaderValues.UPGRADE, true);
    var exchange = new NettyExchange(this, context, request, http2, upgrade, requests.settings());
    current = exchange;
    receiving = true;
    if (request instanceof HttpContent whole) {
      receive(context, exchange, whole);
    }
    requests.run(exchange);
  }

  private void receive(ChannelHandlerContext context, NettyExchange exchange, HttpContent content) {
    boolean failed = content.decoderResult().isFailure();
    exchange.requestBody().add(content.content());
    content.release();
    if (failed) {
      context.close();
    } else if (content instanceof LastHttpContent) {
      receiving = false;
      exchange.requestBody().complete();
      if (exchange.isUpgrade()) {
        context.pipeline().remove(HttpRequestDecoder.class);
      }
    }
  }

  /// For the head of an answer.
  String date() {
    return requests.date();
  }

  /// The answer to the current exchange is written.
  void finish(ChannelHandlerContext context, boolean keepAlive) {
    if (http2 && !keepAlive && context.channel().parent() != null) {
      leave(context.channel().parent());
    }
    boolean lastOne = http2 || !keepAlive || draining;
    current = null;
    if (receiving) {
      if (http2) {
        stop(context);
      } else {
        linger(context);
      }
      return;
    }
    if (lastOne) {
      context.close();
      return;
    }
    while (!ahead.isEmpty() && (current == null || receiving)) {
      accept(context, ahead.poll());
    }
    context.channel().config().setAutoRead(true);
    if (current == null) {
      awaitRequest(context);
    }
  }

  /// Says goodbye to a client whose connection may carry more requests: it hears which of them will
  /// be answered here and repeats the others elsewhere. Closing at once would take that word, and
  /// answers with it, out of its hands.
  private static void leave(Channel connection) {
    if (connection.attr(LEAVING).getAndSet(true) == null) {
      connection.writeAndFlush(new DefaultHttp2GoAwayFrame(Http2Error.NO_ERROR));
      connection
          .eventLoop()
          .schedule(() -> connection.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /// Tells a client that is still sending that its answer is whole, and that nothing went wrong.
  private static void stop(ChannelHandlerContext context) {
    context.write(new DefaultHttp2ResetFrame(Http2Error.NO_ERROR));
    context.close();
  }

  /// Lets a client that is still sending read its answer before the connection goes: closing under
  /// its hands would take the answer away.
  private void linger(ChannelHandlerContext context) {
    lingering = true;
    context.channel().config().setAutoRead(true);
    context.executor().schedule(() -> context.close(), LINGER_MILLIS, TimeUnit.MILLISECONDS);
  }

  /// Ends HTTP on this connection: what comes and goes from now on is raw.
  NettyConnection takeOver(ChannelHandlerContext context) {
    var connection = new NettyConnection(context.channel());
    context.pipeline().addLast(connection);
    context.pipeline().remove(HttpResponseEncoder.class);
    context.pipeline().remove(this);
    while (!ahead.isEmpty()) {
      connection.received((ByteBuf) ahead.poll());
    }
    context.channel().config().setAutoRead(true);
    return connection;
  }

  private void awaitRequest(ChannelHandlerContext context) {
    long wait = requests.settings().idle().toMillis();
    idle =
        context
            .executor()
            .schedule(
                () -> {
                  context.close();
                },
                wait,
                TimeUnit.MILLISECONDS);
  }

  private static HttpResponseStatus status(Throwable cause) {
    return switch (cause) {
      case TooLongHttpLineException e -> HttpResponseStatus.REQUEST_URI_TOO_LONG;
      case TooLongHttpHeaderException e -> HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE;
      default -> HttpResponseStatus.BAD_REQUEST;
    };
  }

  private static void refuse(ChannelHandlerContext context, HttpResponseStatus status) {
    var answer = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
    answer.headers().set(HttpHeaderNames.CONTENT_LENGTH, 0).set(CONNECTION, "close");
    context.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (current != null) {
      current.gate().changed();
    }
    context.fireChannelWritabilityChanged();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event == HttpServer.Drain.NOW) {
      draining = true;
      if (current == null) {
        context.close();
      }
    }
    context.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (idle != null) {
      idle.cancel(false);
    }
    ahead.forEach(ReferenceCountUtil::release);
    ahead.clear();
    if (current != null) {
      current.clientGone();
    }
    context.fireChannelInactive();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
