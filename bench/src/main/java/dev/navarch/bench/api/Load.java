package dev.navarch.bench.api;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// Requests in a closed loop: each connection sends its next one when the last is answered. What it
/// measures it measures at the client; the server's processor time it takes from the system.
final class Load implements AutoCloseable {
  private static final long LIMIT_SECONDS = 90;
  private static final int WARM = 4_000;
  private static final Duration MOST_WARMING = Duration.ofSeconds(90);

  /// So many rounds of warming in a row bring nothing before it counts as done.
  private static final int STEADY = 4;

  private static final double NOTICEABLE = 0.95;
  private final ServerProcess server;
  private final List<Connection> connections = new ArrayList<>();

  /// What a run came to.
  ///
  /// @param nanos how long each request took, sorted
  /// @param cpuMillis of the server
  record Sample(int operations, double seconds, long[] nanos, double cpuMillis, long bytes) {
    double rate() {
      return operations / seconds;
    }

    double cpuEach() {
      return cpuMillis / operations;
    }

    double millis(double percentile) {
      int at = (int) Math.ceil(nanos.length * percentile / 100) - 1;
      return nanos[Math.clamp(at, 0, nanos.length - 1)] / 1e6;
    }
  }

  Load(ServerProcess server, LoadClient client, int width) {
    this.server = server;
    for (int i = 0; i < width; i++) {
      connections.add(client.connect());
    }
  }

  /// Some requests, all of one kind or several in turn.
  interface Round {
    /// Sends that many of each kind, and returns what one of each took of the server's processor.
    double cpuMillis(int times) throws InterruptedException;
  }

  /// Runs the same until the server's JVM has compiled what is hot.
  void warm(int status, IntFunction<byte[]> request) throws InterruptedException {
    warm(times -> run(times, status, request).cpuEach());
  }

  /// Repeats a round until it costs the server no less processor time than the ones before, but not
  /// for ever.
  static void warm(Round round) throws InterruptedException {
    long end = System.nanoTime() + MOST_WARMING.toNanos();
    double best = Double.MAX_VALUE;
    for (int steady = 0; steady < STEADY && System.nanoTime() < end; steady++) {
      double each = round.cpuMillis(WARM);
      if (each < NOTICEABLE * best) {
        best = each;
        steady = -1;
      }
    }
  }

  /// @param request the n-th one
  /// @throws IllegalStateException when an answer has another status
  Sample run(int operations, int status, IntFunction<byte[]> request) throws InterruptedException {
    Run run = new Run(operations, status, request);
    long cpu = server.cpuMillis();
    long start = System.nanoTime();
    connections.forEach(run::next);
    if (!run.done.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(
          "%d requests are not answered after %d s".formatted(operations, LIMIT_SECONDS));
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    RuntimeException failure = run.failure.get();
    if (failure != null) {
      throw failure;
    }
    Arrays.sort(run.nanos);
    return new Sample(
        operations, seconds, run.nanos, (double) (server.cpuMillis() - cpu), run.bytes.get());
  }

  private static final class Run {
    private final int operations;
    private final int status;
    private final IntFunction<byte[]> request;
    private final long[] nanos;
    private final AtomicInteger next = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final CountDownLatch done;
    private final AtomicReference<@Nullable RuntimeException> failure = new AtomicReference<>();

    Run(int operations, int status, IntFunction<byte[]> request) {
      this.operations = operations;
      this.status = status;
      this.request = request;
      this.nanos = new long[operations];
      this.done = new CountDownLatch(operations);
    }

    void next(Connection connection) {
      int number = next.getAndIncrement();
      if (number >= operations) {
        return;
      }
      byte[] bytesOut = request.apply(number);
      long start = System.nanoTime();
      connection.send(
          bytesOut,
          answer -> {
            nanos[number] = System.nanoTime() - start;
            bytes.addAndGet(answer.bytes());
            try {
              answer.expect(status);
            } catch (IllegalStateException e) {
              failure.compareAndSet(null, e);
            }
            done.countDown();
            next(connection);
          });
    }
  }

  @Override
  public void close() {
    connections.forEach(Connection::close);
  }
}
