package dev.navarch.bench.api;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Many watches on which nothing happens, over HTTP/2 as Kubernetes' clients hold them: what each
/// costs the server.
final class IdleWatches {
  private static final int PER_CONNECTION = 200;
  private static final long LIMIT_SECONDS = 60;
  private final ServerProcess server;
  private final LoadClient client;
  private final int watches;

  /// @param heapKilobytes live heap for each watch
  /// @param residentKilobytes growth of the process for each
  record Result(double heapKilobytes, double residentKilobytes) {}

  IdleWatches(ServerProcess server, LoadClient client, int watches) {
    this.server = server;
    this.client = client;
    this.watches = watches;
  }

  Result run() throws InterruptedException {
    double heap = server.liveMegabytes();
    double resident = server.residentMegabytes();
    CountDownLatch begun = new CountDownLatch(watches);
    List<Http2Connection> open = new ArrayList<>();
    try {
      for (int i = 0; i < watches; i++) {
        if (i % PER_CONNECTION == 0) {
          open.add(client.connectHttp2());
        }
        open.getLast()
            .watch(
                "/api/v1/namespaces/idle-%d/secrets?watch=1&resourceVersion=0".formatted(i % 1000),
                begun);
      }
      if (!begun.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            "%d of %d watches have not begun after %d s"
                .formatted(begun.getCount(), watches, LIMIT_SECONDS));
      }
      return new Result(
          (server.liveMegabytes() - heap) * 1024 / watches,
          (server.residentMegabytes() - resident) * 1024 / watches);
    } finally {
      open.forEach(Http2Connection::close);
    }
  }
}
