package dev.navarch.http;

import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// One stream of a {@link SpdySession}. Closing its output tells the peer that no more comes; what
/// the peer sends can still be read.
public final class SpdyStream implements Exchange.Connection {
  private static final int LARGEST_FRAME = 32 << 10;
  private static final int HIGH = 4 << 20;
  private final SpdySession session;
  private final int id;
  private final Map<String, String> headers;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<byte[]> received = new ArrayDeque<>();
  private int waiting;
  private boolean inputEnded;
  private boolean outputEnded;
  private final Input input = new Input();
  private final Output output = new Output();

  SpdyStream(SpdySession session, int id, Map<String, String> headers) {
    this.session = session;
    this.id = id;
    this.headers = headers;
  }

  public int id() {
    return id;
  }

  /// What the stream was opened with; names in lower case when the peer opened it.
  public Map<String, String> headers() {
    return headers;
  }

  /// Holds the whole session back while nobody reads this stream.
  void received(byte[] bytes) {
    if (bytes.length == 0) {
      return;
    }
    lock.lock();
    try {
      while (waiting > HIGH && !inputEnded) {
        changed.awaitUninterruptibly();
      }
      received.add(bytes);
      waiting += bytes.length;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// The peer sends no more.
  void ended() {
    lock.lock();
    try {
      inputEnded = true;
      changed.signalAll();
      if (outputEnded) {
        session.forget(id);
      }
    } finally {
      lock.unlock();
    }
  }

  /// Neither side sends any more.
  void cut() {
    lock.lock();
    try {
      outputEnded = true;
      inputEnded = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public InputStream input() {
    return input;
  }

  @Override
  public OutputStream output() {
    return output;
  }

  /// Gives the stream up, whatever state it is in.
  public void reset() {
    boolean running;
    lock.lock();
    try {
      running = !(inputEnded && outputEnded);
    } finally {
      lock.unlock();
    }
    cut();
    if (running) {
      try {
        session.sendReset(id);
      } catch (IOException gone) {
        session.close();
      }
    }
  }

  @Override
  public void close() {
    reset();
  }

  private final class Input extends PartsStream {
    @Override
    Optional<byte[]> next() {
      lock.lock();
      try {
        while (received.isEmpty() && !inputEnded) {
          changed.awaitUninterruptibly();
        }
        byte[] first = received.poll();
        if (first == null) {
          return Optional.empty();
        }
        waiting -= first.length;
        changed.signalAll();
        return Optional.of(first);
      } finally {
        lock.unlock();
      }
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      for (int at = from; at < from + length; at += LARGEST_FRAME) {
        int count = Math.min(LARGEST_FRAME, from + length - at);
        if (isOutputEnded()) {
          throw new IOException("the stream is closed");
        }
        session.sendData(id, Unpooled.copiedBuffer(bytes, at, count), false);
      }
    }

    private boolean isOutputEnded() {
      lock.lock();
      try {
        return outputEnded;
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void close() throws IOException {
      lock.lock();
      try {
        if (outputEnded) {
          return;
        }
        outputEnded = true;
        if (inputEnded) {
          session.forget(id);
        }
      } finally {
        lock.unlock();
      }
      session.sendData(id, Unpooled.EMPTY_BUFFER, true);
    }
  }
}
