package dev.navarch.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A taken-over connection as blocking streams. What the peer sends faster than it is read stops
/// the socket, and a slow peer stops the writer.
final class NettyConnection extends ChannelInboundHandlerAdapter implements Exchange.Connection {
  private static final int HIGH = 256 << 10;
  private final Channel channel;
  private final Gate gate;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<byte[]> received = new ArrayDeque<>();
  private int waiting;
  private boolean ended;
  private final Input input = new Input();
  private final Output output = new Output();

  NettyConnection(Channel channel) {
    this.channel = channel;
    this.gate = new Gate(channel, Duration.ZERO);
  }

  /// On the event loop; takes the buffer over.
  void received(ByteBuf bytes) {
    byte[] copy = new byte[bytes.readableBytes()];
    bytes.readBytes(copy);
    bytes.release();
    if (copy.length == 0) {
      return;
    }
    lock.lock();
    try {
      received.add(copy);
      waiting += copy.length;
      if (waiting > HIGH) {
        channel.config().setAutoRead(false);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    gate.changed();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    received((ByteBuf) message);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslCloseCompletionEvent) {
      end();
    } else if (event == HttpServer.Drain.NOW) {
      context.close();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    gate.changed();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    end();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }

  @Override
  public InputStream input() {
    return input;
  }

  @Override
  public OutputStream output() {
    return output;
  }

  @Override
  public void close() {
    channel.close();
  }

  /// What the peer sent.
  private final class Input extends PartsStream {
    @Override
    Optional<byte[]> next() {
      lock.lock();
      try {
        while (received.isEmpty() && !ended) {
          changed.awaitUninterruptibly();
        }
        byte[] first = received.poll();
        if (first == null) {
          return Optional.empty();
        }
        boolean wasFull = waiting > HIGH;
        waiting -= first.length;
        if (wasFull && waiting <= HIGH) {
          channel.config().setAutoRead(true);
        }
        return Optional.of(first);
      } finally {
        lock.unlock();
      }
    }

    @Override
    public int available() {
      lock.lock();
      try {
        return rest() + waiting;
      } finally {
        lock.unlock();
      }
    }
  }

  /// What goes to the peer, sent at once.
  private final class Output extends OutputStream {
    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      try {
        gate.await();
      } catch (Exchange.ClosedException gone) {
        throw new IOException(gone.getMessage(), gone);
      }
      channel.writeAndFlush(Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, from, from + length)));
    }

    @Override
    public void close() {
      SslHandler tls = channel.pipeline().get(SslHandler.class);
      if (tls != null && channel.isActive()) {
        tls.closeOutbound();
      }
    }
  }
}
