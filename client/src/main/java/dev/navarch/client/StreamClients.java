package dev.navarch.client;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/// Connections for answers that go on. A server takes so many at a time on one connection, and a
/// client that knows no second one would fail, its calls too: beyond a number, another connection
/// is opened, and closed when its last answer ends.
final class StreamClients implements AutoCloseable {
  /// Servers take 250 and more; the rest is left to calls.
  static final int ON_ONE_CONNECTION = 200;

  private final int most;
  private final Supplier<HttpClient> connect;
  private final List<Seat> seats = new ArrayList<>();

  private static final class Seat {
    private final HttpClient client;
    private int taken;

    Seat(HttpClient client) {
      this.client = client;
    }
  }

  /// @param first serves calls as well, and is not closed here
  /// @param connect makes a client with a connection of its own
  StreamClients(int most, HttpClient first, Supplier<HttpClient> connect) {
    this.most = most;
    this.connect = connect;
    this.seats.add(new Seat(first));
  }

  /// Sends a request whose answer's body counts until it is closed.
  HttpResponse<InputStream> send(HttpRequest request) throws IOException, InterruptedException {
    Seat seat = take();
    try {
      return seat.client.send(
          request,
          answer ->
              HttpResponse.BodySubscribers.mapping(
                  HttpResponse.BodySubscribers.ofInputStream(), body -> new Counted(body, seat)));
    } catch (IOException | InterruptedException | RuntimeException e) {
      leave(seat);
      throw e;
    }
  }

  synchronized int connections() {
    return seats.size();
  }

  private synchronized Seat take() {
    Seat free = seats.stream().filter(seat -> seat.taken < most).findFirst().orElse(null);
    if (free == null) {
      free = new Seat(connect.get());
      seats.add(free);
    }
    free.taken++;
    return free;
  }

  private synchronized void leave(Seat seat) {
    seat.taken--;
    if (seat.taken == 0 && seats.indexOf(seat) > 0) {
      seats.remove(seat);
      seat.client.shutdown();
    }
  }

  @Override
  public synchronized void close() {
    seats.stream().skip(1).forEach(seat -> seat.client.shutdownNow());
  }

  private final class Counted extends FilterInputStream {
    private final Seat seat;
    private final AtomicBoolean closed = new AtomicBoolean();

    Counted(InputStream body, Seat seat) {
      super(body);
      this.seat = seat;
    }

    @Override
    public void close() throws IOException {
      try {
        super.close();
      } finally {
        if (closed.compareAndSet(false, true)) {
          leave(seat);
        }
      }
    }
  }
}
