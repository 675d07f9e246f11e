package dev.navarch.http;

import io.netty.channel.Channel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Holds a writer back while its channel's outgoing buffer is full.
final class Gate {
  private final Channel channel;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

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

  /// Returns when there is room; throws when the client is gone, and gives up one that takes
  /// nothing.
  void await() {
    if (channel.isActive() && channel.isWritable()) {
      return;
    }
    channel.flush();
    lock.lock();
    try {
      while (channel.isActive() && !channel.isWritable()) {
        long queued = channel.bytesBeforeWritable();
        if (patience.isZero()) {
          changed.awaitUninterruptibly();
        } else if (!changed.await(patience.toMillis(), TimeUnit.MILLISECONDS)
            && channel.bytesBeforeWritable() >= queued) {
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
