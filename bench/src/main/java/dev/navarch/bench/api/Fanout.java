package dev.navarch.bench.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A thousand watchers, each on a connection of its own, of the same changes at a steady pace. A
/// change's delay runs from the acknowledgement of its write to its arrival at a watcher.
final class Fanout {
  private static final String NAMESPACE = "fanout";
  private static final int WRITERS = 8;
  private static final long LIMIT_SECONDS = 60;
  private static final Pattern REVISION = Pattern.compile("\"resourceVersion\":\"(\\d+)\"");
  private final ServerProcess server;
  private final LoadClient client;
  private final int watchers;
  private final int perSecond;
  private final int events;

  /// What was written when, by the client's clock.
  private record Write(long revision, long sent, long acknowledged) {}

  /// @param delays from acknowledgement to arrival, sorted, in ns
  /// @param sinceSent from the write's sending to arrival, sorted, in ns
  record Result(Load.Sample delays, Load.Sample sinceSent) {}

  Fanout(ServerProcess server, LoadClient client, int watchers, int perSecond, int seconds) {
    this.server = server;
    this.client = client;
    this.watchers = watchers;
    this.perSecond = perSecond;
    this.events = perSecond * seconds;
  }

  Result run() throws InterruptedException {
    String path = "/api/v1/namespaces/" + NAMESPACE + "/configmaps";
    List<Connection> open = new ArrayList<>();
    try (Connection setup = client.connect()) {
      setup
          .call(
              client.request(
                  "POST", "/api/v1/namespaces", Optional.of(Samples.namespace(NAMESPACE))))
          .expect(201);
      awaitFirstObject(setup, path);
      String from = revision(setup.call(client.request("GET", path, Optional.empty())));
      CountDownLatch begun = new CountDownLatch(watchers);
      CountDownLatch arrived = new CountDownLatch(watchers);
      List<long[]> arrivals = new ArrayList<>();
      byte[] request =
          client.request("GET", path + "?watch=1&resourceVersion=" + from, Optional.empty());
      for (int i = 0; i < watchers; i++) {
        Lines lines = new Lines(events, begun, arrived);
        arrivals.add(lines.times);
        Connection watch = client.connect(lines);
        open.add(watch);
        watch.send(request, ended -> {});
      }
      await(begun, "watches have not begun");
      long cpu = server.cpuMillis();
      List<Write> writes = write(path);
      await(arrived, "changes have not arrived");
      return result(writes, arrivals, (double) (server.cpuMillis() - cpu));
    } finally {
      open.forEach(Connection::close);
    }
  }

  private static void await(CountDownLatch latch, String trouble) throws InterruptedException {
    if (!latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException(trouble + " after " + LIMIT_SECONDS + " s");
    }
  }

  /// A controller puts one into every namespace: it must not be counted.
  private void awaitFirstObject(Connection setup, String path) throws InterruptedException {
    byte[] request = client.request("GET", path + "/kube-root-ca.crt", Optional.empty());
    while (setup.call(request).status() != 200) {
      Thread.sleep(20);
    }
  }

  private List<Write> write(String path) throws InterruptedException {
    AtomicReferenceArray<Write> writes = new AtomicReferenceArray<>(events);
    CountDownLatch done = new CountDownLatch(events);
    List<Connection> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(client.connect());
    }
    long start = System.nanoTime();
    for (int w = 0; w < WRITERS; w++) {
      int first = w;
      Thread.ofVirtual()
          .start(
              () -> {
                for (int i = first; i < events; i += WRITERS) {
                  long due = start + i * TimeUnit.SECONDS.toNanos(1) / perSecond;
                  while (System.nanoTime() < due) {
                    LockSupport.parkNanos(due - System.nanoTime());
                  }
                  writes.set(i, write(writers.get(first), path, i));
                  done.countDown();
                }
              });
    }
    await(done, "changes are not written");
    writers.forEach(Connection::close);
    List<Write> all = new ArrayList<>();
    for (int i = 0; i < events; i++) {
      all.add(writes.get(i));
    }
    all.sort(Comparator.comparingLong(Write::revision));
    return all;
  }

  private Write write(Connection writer, String path, int number) {
    byte[] request = client.request("POST", path, Optional.of(Samples.event(NAMESPACE, number)));
    long sent = System.nanoTime();
    Connection.Answer answer = writer.call(request);
    long acknowledged = System.nanoTime();
    answer.expect(201);
    return new Write(Long.parseLong(revision(answer)), sent, acknowledged);
  }

  private static String revision(Connection.Answer answer) {
    Matcher found = REVISION.matcher(new String(answer.start(), UTF_8));
    if (!found.find()) {
      throw new IllegalStateException("an answer without resourceVersion");
    }
    return found.group(1);
  }

  private Result result(List<Write> writes, List<long[]> arrivals, double cpu) {
    long[] delays = new long[events * watchers];
    long[] sinceSent = new long[events * watchers];
    int at = 0;
    for (long[] times : arrivals) {
      for (int i = 0; i < events; i++) {
        delays[at] = Math.max(0, times[i] - writes.get(i).acknowledged());
        sinceSent[at++] = times[i] - writes.get(i).sent();
      }
    }
    Arrays.sort(delays);
    Arrays.sort(sinceSent);
    double seconds = (double) events / perSecond;
    return new Result(
        new Load.Sample(delays.length, seconds, delays, cpu, 0),
        new Load.Sample(sinceSent.length, seconds, sinceSent, cpu, 0));
  }

  /// Notes when each line of a watch came in: changes come in the order of their revisions.
  private static final class Lines implements Connection.Body {
    private final long[] times;
    private final CountDownLatch begun;
    private final CountDownLatch complete;
    private int seen;

    Lines(int expected, CountDownLatch begun, CountDownLatch complete) {
      this.begun = begun;
      this.times = new long[expected];
      this.complete = complete;
    }

    @Override
    public void begun() {
      begun.countDown();
    }

    @Override
    public void part(ByteBuf content) {
      long now = System.nanoTime();
      int end = content.writerIndex();
      for (int at = content.indexOf(content.readerIndex(), end, (byte) '\n');
          at >= 0 && seen < times.length;
          at = content.indexOf(at + 1, end, (byte) '\n')) {
        times[seen++] = now;
        if (seen == times.length) {
          complete.countDown();
        }
      }
      content.skipBytes(content.readableBytes());
    }
  }
}
