package dev.navarch.bench.api;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What is asked of a running server, in order, each kind of request warmed up before it counts.
/// The numbers of objects and connections are those that upstream was measured with.
final class Workload implements AutoCloseable {
  private static final int WIDTH = 64;
  private static final int PODS = 9_480;
  private static final int CONFIG_MAPS = 7_150;
  private static final int PAGES = 400;

  private static final String PODS_PATH = "/api/v1/namespaces/default/pods";
  private static final String MAPS_PATH = "/api/v1/namespaces/default/configmaps";
  private static final Pattern CONTINUE = Pattern.compile("\"continue\":\"([^\"]+)\"");

  private final Report report;
  private final ServerProcess server;
  private final LoadClient client;
  private final Load load;

  Workload(Report report, ServerProcess server, LoadClient client) {
    this.report = report;
    this.server = server;
    this.client = client;
    this.load = new Load(server, client, WIDTH);
  }

  void run(Set<ApiBench.Part> parts) throws InterruptedException {
    prepare();
    report.amount("memory idle, resident", server.residentMegabytes(), "MB", "209–228 MB");
    report.amount("memory idle, live heap", server.liveMegabytes(), "MB", "");
    write();
    if (parts.contains(ApiBench.Part.GET)) {
      get();
    }
    if (parts.contains(ApiBench.Part.LIST)) {
      list();
    }
    report.amount(
        "%,d pods and %,d ConfigMaps, live heap".formatted(PODS, CONFIG_MAPS),
        server.liveMegabytes(),
        "MB",
        "");
    report.amount(
        "%,d pods and %,d ConfigMaps, resident".formatted(PODS, CONFIG_MAPS),
        server.settledMegabytes(),
        "MB",
        "330 MB");
    if (parts.contains(ApiBench.Part.WATCH)) {
      Fanout.Result fanout = new Fanout(server, client, 1_000, 200, 10).run();
      report.time(
          "1,000 watchers × 200 events/s, since acknowledged", fanout.delays(), "p99 50 ms");
      report.time("the same, since the write was sent", fanout.sinceSent(), "");
    }
    if (parts.contains(ApiBench.Part.IDLE)) {
      IdleWatches.Result idle = new IdleWatches(server, client, 10_000).run();
      report.amount("10,000 idle watches, heap each", idle.heapKilobytes(), "KB", "6 KB");
      report.amount("10,000 idle watches, resident each", idle.residentKilobytes(), "KB", "6 KB");
    }
  }

  private void prepare() throws InterruptedException {
    try (Connection admin = client.connect()) {
      admin
          .call(
              client.request(
                  ServerProcess.ADMIN_TOKEN,
                  "POST",
                  "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
                  Optional.of(Samples.binding())))
          .expect(201);
      byte[] account =
          client.request(
              "GET", "/api/v1/namespaces/default/serviceaccounts/default", Optional.empty());
      while (admin.call(account).status() != 200) {
        Thread.sleep(20);
      }
    }
  }

  private void write() throws InterruptedException {
    warmWrites(PODS_PATH, number -> Samples.pod("warm-%05d".formatted(number)));
    report.rate(
        "create pods (0.5 KB), 64 at a time",
        load.run(PODS, 201, i -> post(PODS_PATH, Samples.pod("pod-%05d".formatted(i)))),
        "5,640–8,100/s; 0.125 ms");
    warmWrites(MAPS_PATH, number -> Samples.configMap("warm-%05d".formatted(number)));
    report.rate(
        "create ConfigMaps (0.9 KB), 64 at a time",
        load.run(
            CONFIG_MAPS, 201, i -> post(MAPS_PATH, Samples.configMap("map-%05d".formatted(i)))),
        "7,080/s");
  }

  /// Objects that are written and removed again, until that gets no cheaper.
  private void warmWrites(String path, IntFunction<String> object) throws InterruptedException {
    Load.warm(
        times -> {
          Load.Sample created = load.run(times, 201, i -> post(path, object.apply(i)));
          Load.Sample removed =
              load.run(
                  times,
                  200,
                  i ->
                      client.request("DELETE", path + "/warm-%05d".formatted(i), Optional.empty()));
          return created.cpuEach() + removed.cpuEach();
        });
  }

  private byte[] post(String path, String body) {
    return client.request("POST", path, Optional.of(body));
  }

  private void get() throws InterruptedException {
    byte[] newest = client.request("GET", PODS_PATH + "/pod-00042", Optional.empty());
    byte[] any =
        client.request("GET", PODS_PATH + "/pod-00042?resourceVersion=0", Optional.empty());
    load.warm(200, i -> newest);
    report.rate("GET a pod, newest", load.run(40_000, 200, i -> newest), "12,800/s");
    load.warm(200, i -> any);
    report.rate("GET a pod, resourceVersion=0", load.run(40_000, 200, i -> any), "17,370/s");
  }

  private void list() throws InterruptedException {
    List<byte[]> pages = pages();
    Load.warm(_ -> load.run(PAGES, 200, i -> pages.get(i % pages.size())).cpuEach());
    report.rate(
        "LIST pods, pages of 500", load.run(PAGES, 200, i -> pages.get(i % pages.size())), "800/s");
    byte[] whole = client.request("GET", PODS_PATH, Optional.empty());
    try (Load one = new Load(server, client, 1)) {
      one.run(5, 200, i -> whole);
      Load.Sample lists = one.run(20, 200, i -> whole);
      report.time(
          "LIST %,d pods (%.1f MB) whole".formatted(PODS, lists.bytes() / 20e6), lists, "42–85 ms");
      server.liveMegabytes();
      double before = server.heapMegabytes();
      one.run(1, 200, i -> whole);
      report.amount(
          "the same, heap that one takes, garbage included",
          server.heapMegabytes() - before,
          "MB",
          "16 MB");
    }
  }

  /// One walk over all pods, as requests that can be sent again.
  private List<byte[]> pages() {
    List<byte[]> pages = new ArrayList<>();
    String path = PODS_PATH + "?limit=500";
    try (Connection connection = client.connect()) {
      Optional<String> next = Optional.of(path);
      while (next.isPresent()) {
        byte[] page = client.request("GET", next.get(), Optional.empty());
        pages.add(page);
        Matcher token = CONTINUE.matcher(new String(connection.call(page).start(), UTF_8));
        next = token.find() ? Optional.of(path + "&continue=" + token.group(1)) : Optional.empty();
      }
    }
    return pages;
  }

  @Override
  public void close() {
    load.close();
  }
}
