package dev.navarch.tests.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.navarch.api.Json;
import dev.navarch.apiserver.ApiServer;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.client.Cluster;
import dev.navarch.client.Cluster.ListOptions;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.store.EmbeddedRestore;
import dev.navarch.store.EmbeddedStore;
import dev.navarch.store.EtcdMember;
import dev.navarch.store.Snapshot;
import dev.navarch.store.Store;
import dev.navarch.store.etcd.EtcdConfig;
import dev.navarch.store.etcd.EtcdRestore;
import dev.navarch.store.etcd.EtcdStore;
import dev.navarch.tests.ServerProcess;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/// A whole cluster moves from the embedded store into etcd and back, with the servers' own keys:
/// each object is what it was, and resourceVersions only grow. `-Dnavarch.migration.objects=N`
/// takes another number of objects.
@Tag("slow")
class MigrationTest {
  private static final int OBJECTS = Integer.getInteger("navarch.migration.objects", 100_000);
  private static final int AT_ONCE = 128;
  private static final InstantSource CLOCK = InstantSource.system();

  @TempDir private Path folder;

  /// Where a server is, stands in an object.
  private int port;

  @Test
  void aClusterMovesToEtcdAndBack() throws Exception {
    assumeThat(EtcdMember.isInstalled()).as("etcd is installed (apt install etcd-server)").isTrue();
    port = ServerProcess.freePort();
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    Contents before;
    try (ApiServer server = server("old", Optional.empty())) {
      timed("made", () -> make(server.cluster("test")));
      before = timed("read from the embedded store", () -> Contents.of(server.cluster("test")));
    }
    assertThat(before.objects()).hasSizeGreaterThan(OBJECTS);
    try (Store store = EmbeddedStore.reading(folder.resolve("old/store"), CLOCK)) {
      timed("saved from the embedded store", () -> Snapshot.save(store, first, CLOCK.instant()));
    }
    Contents moved;
    try (EtcdMember member = EtcdMember.start(folder, "--quota-backend-bytes=4000000000")) {
      EtcdConfig etcd = EtcdConfig.plain(member.endpoint());
      try (EtcdStore store = EtcdStore.open(etcd, CLOCK)) {
        timed("restored into etcd", () -> EtcdRestore.restore(first, store, CLOCK));
      }
      try (ApiServer server = server("over-etcd", Optional.of(etcd))) {
        moved = timed("read from etcd", () -> Contents.of(server.cluster("test")));
      }
      try (EtcdStore store = EtcdStore.open(etcd, CLOCK)) {
        timed("saved from etcd", () -> Snapshot.save(store, second, CLOCK.instant()));
      }
    }
    before.isSameAs(moved);
    copyKeys("new");
    timed(
        "restored into the embedded store",
        () -> EmbeddedRestore.restore(second, folder.resolve("new/store")));
    try (ApiServer server = server("new", Optional.empty())) {
      moved.isSameAs(
          timed("read from the embedded store", () -> Contents.of(server.cluster("test"))));
    }
  }

  private static <T> T timed(String what, Callable<T> work) throws Exception {
    long start = System.nanoTime();
    T result = work.call();
    System.out.printf(
        "%,d objects %s in %.1f s%n", OBJECTS, what, (System.nanoTime() - start) / 1e9);
    return result;
  }

  private ApiServer server(String name, Optional<EtcdConfig> etcd) throws Exception {
    if (!name.equals("old")) {
      copyKeys(name);
    }
    return ApiServer.start(
        new ApiServerConfig(
            folder.resolve(name),
            "127.0.0.1",
            port,
            "192.0.2.1",
            List.of(),
            "10.96.0.0/24",
            30000,
            32767,
            "test",
            Optional.empty(),
            etcd));
  }

  private void copyKeys(String name) throws Exception {
    Path keys = folder.resolve("old/pki");
    try (Stream<Path> files = Files.walk(keys)) {
      for (Path file : files.sorted().toList()) {
        Path to = folder.resolve(name).resolve("pki").resolve(keys.relativize(file).toString());
        if (!Files.exists(to)) {
          Files.createDirectories(to.getParent());
          Files.copy(file, to);
        }
      }
    }
  }

  private static int make(Cluster cluster) throws Exception {
    Resource<ConfigMap> maps = Resource.of(ConfigMap.class);
    var permits = new Semaphore(AT_ONCE);
    List<Future<?>> made = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < OBJECTS; i++) {
        ConfigMap map =
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("m-" + i)
                .addToLabels("part", Integer.toString(i % 10))
                .endMetadata()
                .addToData("value", "x".repeat(i % 500))
                .build();
        permits.acquire();
        made.add(
            threads.submit(
                () -> {
                  try {
                    cluster.create(maps, map);
                  } finally {
                    permits.release();
                  }
                }));
      }
    }
    for (Future<?> each : made) {
      each.get();
    }
    return made.size();
  }

  /// Every object of every resource: a digest of it without its resourceVersion, and that.
  private record Contents(Map<String, String> objects, long newest) {
    static Contents of(Cluster cluster) throws Exception {
      Map<String, String> objects = new TreeMap<>();
      long newest = 0;
      for (Resource<?> resource : cluster.discover()) {
        String next = "";
        do {
          Cluster.Page<?> page =
              cluster.list(resource, new ListOptions("", "", "", "", 5_000, next));
          for (Object item : page.items()) {
            ObjectNode object =
                Objects.tree((io.fabric8.kubernetes.api.model.HasMetadata) item).deepCopy();
            ObjectNode metadata = (ObjectNode) object.get("metadata");
            newest = Math.max(newest, Long.parseLong(metadata.get("resourceVersion").asString()));
            metadata.remove("resourceVersion");
            String key =
                "%s/%s/%s"
                    .formatted(
                        resource,
                        metadata.path("namespace").asString(""),
                        metadata.path("name").asString(""));
            objects.put(key, digest(Json.bytes(object)));
          }
          next = page.next();
        } while (!next.isEmpty());
      }
      return new Contents(objects, newest);
    }

    private static String digest(byte[] of) throws Exception {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(of));
    }

    void isSameAs(Contents later) {
      assertThat(later.objects.keySet()).isEqualTo(objects.keySet());
      objects.forEach(
          (key, digest) -> assertThat(later.objects.get(key)).as(key).isEqualTo(digest));
      assertThat(later.newest).isGreaterThanOrEqualTo(newest);
    }
  }
}
