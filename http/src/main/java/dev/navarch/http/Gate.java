package dev.navarch.http;

import io.netty.channel.Channel;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Holds a writer back while its channel's outgoing buffer is full.
final class Gate {
  private final Channel channel;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  Gate(Channel channel) {
    this.channel = channel;
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

  /// Returns when there is room; throws when the client is gone.
  void await() {
    if (channel.isActive() && channel.isWritable()) {
      return;
    }
    channel.flush();
    lock.lock();
    try {
      while (channel.isActive() && !channel.isWritable()) {
        changed.awaitUninterruptibly();
      }
    } finally {
      lock.unlock();
    }
    if (!channel.isActive()) {
      throw new Exchange.ClosedException();
    }
  }
}
