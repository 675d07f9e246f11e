package dev.navarch.http;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Holds a writer back while its channel's outgoing buffer is full, or too many parts are on their
/// way to it: a stream of HTTP/2 counts what is written to it only when its event loop has seen it.
final class Gate {
  private static final int MOST_PARTS = 16;
  private final Channel channel;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final AtomicInteger underWay = new AtomicInteger();

  /// @param patience how long the peer may take nothing; zero for as long as it likes
  Gate(Channel channel, Duration patience) {
    this.channel = channel;
    this.patience = patience;
  }

  /// The channel became writable, or closed.
  void changed() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Writes one part and counts it until it has left.
  ChannelFuture write(Object part) {
    await();
    underWay.incrementAndGet();
    return channel.write(part).addListener(written -> left());
  }

  /// The same, and sends it and all before: one turn of the event loop, where a write and a flush
  /// take two.
  void writeAndFlush(Object part) {
    await();
    underWay.incrementAndGet();
    channel.writeAndFlush(part).addListener(written -> left());
  }

  private void left() {
    if (underWay.getAndDecrement() >= MOST_PARTS) {
      changed();
    }
  }

  private boolean isOpen() {
    return channel.isWritable() && underWay.get() < MOST_PARTS;
  }

  /// Returns when there is room; throws when the client is gone, and gives up one that takes
  /// nothing.
  void await() {
    if (channel.isActive() && isOpen()) {
      return;
    }
    channel.flush();
    lock.lock();
    try {
      while (channel.isActive() && !isOpen()) {
        long queued = channel.bytesBeforeWritable();
        int parts = underWay.get();
        if (patience.isZero()) {
          changed.awaitUninterruptibly();
        } else if (!changed.await(patience.toMillis(), TimeUnit.MILLISECONDS)
            && channel.bytesBeforeWritable() >= queued
            && underWay.get() >= parts) {
          channel.close();
          throw new Exchange.ClosedException();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      channel.close();
    } finally {
      lock.unlock();
    }
    if (!channel.isActive()) {
      throw new Exchange.ClosedException();
    }
  }
}
