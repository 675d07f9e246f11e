package dev.navarch.bench.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One HTTP/1.1 connection with one request in flight. It keeps the first bytes of an answer, for
/// those who want to look, and counts the rest.
final class Connection extends SimpleChannelInboundHandler<HttpObject> implements AutoCloseable {
  private static final int KEPT = 4 << 10;
  private final Body body;
  private @Nullable Channel channel;
  private Consumer<Answer> waiting = answer -> {};
  private final byte[] start = new byte[KEPT];
  private int kept;
  private int status;
  private long bytes;

  /// @param bytes of the whole body
  /// @param start its first few KB
  record Answer(int status, long bytes, byte[] start) {
    void expect(int wanted) {
      if (status != wanted) {
        throw new IllegalStateException(
            "the server answered %d, expected %d: %s"
                .formatted(status, wanted, new String(start, UTF_8)));
      }
    }
  }

  /// Who wants to see an answer as it comes.
  interface Body {
    Body NOBODY =
        new Body() {
          @Override
          public void begun() {}

          @Override
          public void part(ByteBuf bytes) {}
        };

    void begun();

    void part(ByteBuf bytes);
  }

  Connection(Body body) {
    this.body = body;
  }

  void joined(Channel to) {
    channel = to;
  }

  /// @param done called on the client's own thread
  void send(byte[] request, Consumer<Answer> done) {
    if (channel == null) {
      throw new IllegalStateException("not connected");
    }
    Channel to = channel;
    to.eventLoop()
        .execute(
            () -> {
              waiting = done;
              to.writeAndFlush(Unpooled.wrappedBuffer(request), to.voidPromise());
            });
  }

  Answer call(byte[] request) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    send(request, answer::complete);
    return answer.orTimeout(60, TimeUnit.SECONDS).join();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject part) {
    if (part instanceof HttpResponse head) {
      status = head.status().code();
      bytes = 0;
      kept = 0;
      body.begun();
    }
    if (part instanceof HttpContent content) {
      int size = content.content().readableBytes();
      body.part(content.content());
      int more = Math.min(KEPT - kept, content.content().readableBytes());
      content.content().readBytes(start, kept, more);
      kept += more;
      bytes += size;
    }
    if (part instanceof LastHttpContent) {
      waiting.accept(new Answer(status, bytes, Arrays.copyOf(start, kept)));
    }
  }

  /// The connection then closes, and whoever waits is told.
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    waiting.accept(new Answer(0, 0, new byte[0]));
  }

  @Override
  public void close() {
    if (channel != null) {
      channel.close();
    }
  }
}
