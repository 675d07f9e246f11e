package dev.navarch.node.staticpods;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.node.pods.Mirrors;
import dev.navarch.node.pods.StaticWorkers;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The pods whose manifests lie in a folder (or are one file): begun, replaced and ended with their
/// files, whether the API is there or not. Files whose names begin with a dot are none of them.
public final class StaticPods implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StaticPods.class);
  private static final Duration LOOK = Duration.ofSeconds(20);
  private static final Duration SETTLE = Duration.ofMillis(50);

  private final Path path;
  private final StaticWorkers workers;
  private final InstantSource clock;
  private final String nodeName;
  private final Map<Path, Found> found = new HashMap<>();
  private final Map<Path, byte[]> unread = new HashMap<>();
  private final Thread thread;
  private volatile boolean read;

  /// A file's text and the pod that it makes.
  private record Found(byte[] text, Pod pod) {}

  /// @param path a folder, or one file
  public StaticPods(Path path, String nodeName, StaticWorkers workers, InstantSource clock) {
    this.path = path;
    this.workers = workers;
    this.clock = clock;
    this.nodeName = nodeName;
    this.thread = Thread.ofVirtual().name("static pods").unstarted(this::run);
  }

  /// Begins with the pods that are there now; those that come later follow by themselves.
  public void start() {
    look();
    thread.start();
  }

  /// Whether it is known which pods there are.
  public boolean isRead() {
    return read;
  }

  @Override
  public void close() {
    thread.interrupt();
  }

  private void run() {
    try (WatchService changes = FileSystems.getDefault().newWatchService()) {
      while (true) {
        watch(changes);
        look();
        WatchKey key = changes.poll(LOOK.toMillis(), TimeUnit.MILLISECONDS);
        if (key != null) {
          Thread.sleep(SETTLE);
          key.pollEvents();
          key.reset();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      LOG.atError().setCause(e).log("manifests of static pods are not watched any more");
    }
  }

  /// Watching again is free; a folder that was made anew has to be watched anew.
  private void watch(WatchService changes) {
    Path folder = Files.isDirectory(path) ? path : path.toAbsolutePath().getParent();
    try {
      if (folder != null && Files.isDirectory(folder)) {
        folder.register(
            changes,
            StandardWatchEventKinds.ENTRY_CREATE,
            StandardWatchEventKinds.ENTRY_MODIFY,
            StandardWatchEventKinds.ENTRY_DELETE);
      }
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("folder", folder)
          .addKeyValue("reason", e.getMessage())
          .log("manifests are looked at from time to time only");
    }
  }

  /// Brings the pods to what the files say now.
  private synchronized void look() {
    Map<Path, byte[]> texts;
    try {
      texts = texts();
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("path", path)
          .addKeyValue("reason", e.getMessage())
          .log("manifests of static pods could not be read, their pods stay as they are");
      return;
    }
    unread.keySet().retainAll(texts.keySet());
    Map<Path, Found> before = Map.copyOf(found);
    if (found.keySet().retainAll(texts.keySet())) {
      unread.clear();
    }
    Manifest manifest = null;
    for (var entry : texts.entrySet()) {
      Found known = found.get(entry.getKey());
      byte[] read = known == null ? unread.get(entry.getKey()) : known.text();
      if (!Arrays.equals(read, entry.getValue())) {
        manifest = manifest == null ? manifest() : manifest;
        note(manifest, entry.getKey(), entry.getValue());
      }
    }
    before.forEach(
        (file, old) -> {
          Found now = found.get(file);
          if (now == null || !uid(now.pod()).equals(uid(old.pod()))) {
            workers.end(uid(old.pod()));
          }
        });
    found.forEach(
        (file, now) -> {
          Found old = before.get(file);
          if (old == null || !uid(now.pod()).equals(uid(old.pod()))) {
            workers.begin(now.pod());
          }
        });
    read = true;
  }

  /// The schema takes memory that an agent is short of: it is read anew when a file has changed.
  private Manifest manifest() {
    var kind =
        BuiltInKinds.load()
            .byKind("v1", "Pod")
            .orElseThrow(() -> new IllegalStateException("the kind Pod is missing"));
    return new Manifest(kind, nodeName);
  }

  private void note(Manifest manifest, Path file, byte[] text) {
    try {
      Pod pod = manifest.read(file, text, clock.instant().toString());
      unread.remove(file);
      boolean taken =
          found.entrySet().stream()
              .anyMatch(
                  other ->
                      !other.getKey().equals(file)
                          && Mirrors.key(other.getValue().pod()).equals(Mirrors.key(pod)));
      if (taken) {
        throw new ManifestException(
            "another file has a pod %s already".formatted(Mirrors.key(pod)));
      }
      found.put(file, new Found(text, pod));
    } catch (ManifestException e) {
      found.remove(file);
      unread.put(file, text);
      LOG.atError()
          .addKeyValue("file", file)
          .addKeyValue("reason", e.reason())
          .log("manifest cannot be a static pod, it is left out");
    }
  }

  private Map<Path, byte[]> texts() throws IOException {
    Map<Path, byte[]> texts = new HashMap<>();
    for (Path file : files()) {
      try {
        texts.put(file, Files.readAllBytes(file));
      } catch (NoSuchFileException gone) {
        texts.remove(file);
      }
    }
    return texts;
  }

  private List<Path> files() throws IOException {
    if (!Files.isDirectory(path)) {
      return Files.isRegularFile(path) ? List.of(path) : List.of();
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries
          .filter(file -> !file.getFileName().toString().startsWith("."))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    }
  }

  private static String uid(Pod pod) {
    return pod.getMetadata().getUid();
  }
}
