package dev.navarch.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Collects a request's body. Until a handler asks for it, only a little is taken in: a caller who
/// is turned away costs no memory.
final class RequestBody {
  private static final int UNASKED = 64 << 10;
  private final Channel channel;
  private final int limit;
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /// Most bodies come in one part.
  private byte[] bytes = {};

  private int size;
  private boolean wanted;
  private boolean tooLarge;
  private boolean complete;
  private boolean gone;

  /// @param limit in bytes; more is answered with 413
  /// @param patience how long the client may take to send all of it, once it is asked for; then 504
  RequestBody(Channel channel, int limit, Duration patience) {
    this.channel = channel;
    this.limit = limit;
    this.patience = patience;
  }

  /// On the event loop.
  void add(ByteBuf part) {
    lock.lock();
    try {
      if (tooLarge || size + part.readableBytes() > limit) {
        tooLarge = true;
        channel.config().setAutoRead(false);
        changed.signalAll();
        return;
      }
      append(part);
      if (!wanted && size > UNASKED) {
        channel.config().setAutoRead(false);
      }
    } finally {
      lock.unlock();
    }
  }

  private void append(ByteBuf part) {
    int more = part.readableBytes();
    if (size + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, size == 0 ? more : Math.max(size + more, 2 * size));
    }
    part.readBytes(bytes, size, more);
    size += more;
  }

  void complete() {
    lock.lock();
    try {
      complete = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void clientGone() {
    lock.lock();
    try {
      gone = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  byte[] await() {
    lock.lock();
    try {
      if (!wanted) {
        wanted = true;
        if (!tooLarge && !complete) {
          channel.config().setAutoRead(true);
        }
      }
      awaitEnd();
      if (tooLarge) {
        throw new RequestException(413, "Request entity too large: limit is %d".formatted(limit));
      }
      if (!complete) {
        throw new Exchange.ClosedException();
      }
      if (size < bytes.length) {
        bytes = Arrays.copyOf(bytes, size);
      }
      return bytes;
    } finally {
      lock.unlock();
    }
  }

  private void awaitEnd() {
    long left = patience.toNanos();
    try {
      while (!complete && !tooLarge && !gone && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      gone = true;
    }
    if (left <= 0 && !complete && !tooLarge && !gone) {
      throw new RequestException(
          504, "Timeout: request did not complete within the allotted timeout");
    }
  }
}
