package dev.navarch.tests.faults;

import static dev.navarch.tests.faults.ApiWriters.CONFIG_MAPS;
import static dev.navarch.tests.faults.ApiWriters.keyValue;
import static dev.navarch.tests.faults.ApiWriters.revision;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.store.Store;
import dev.navarch.store.Store.Event;
import dev.navarch.store.WatchCheck;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A client's watch of the writers' config maps, which goes on where it stopped whenever it breaks
/// off, and checks what every watch promises.
final class ApiWatch implements Cluster.WatchListener<ConfigMap>, AutoCloseable {
  private static final long PAUSE = 50_000_000;

  private final Cluster cluster;
  private final String namespace;
  private final WatchCheck check;
  private final List<Event> events = new ArrayList<>();
  private final List<String> refusals = new ArrayList<>();
  private Cluster.@Nullable Watch watch;
  private boolean closed;

  ApiWatch(Cluster cluster, String namespace, long after) {
    this.cluster = cluster;
    this.namespace = namespace;
    this.check = new WatchCheck(after);
    open();
  }

  private synchronized void open() {
    if (!closed) {
      String from = Long.toString(Math.max(check.start(), check.reached()));
      var options = new Cluster.WatchOptions(namespace, ApiWriters.LABEL, "", from);
      watch = cluster.watch(CONFIG_MAPS, options, this);
    }
  }

  synchronized boolean hasEnded() {
    return closed;
  }

  long reached() {
    return check.reached();
  }

  synchronized List<Event> events() {
    return List.copyOf(events);
  }

  /// @param log every change since the watch began, up to `upTo`
  synchronized List<String> violations(List<Event> log, long upTo) {
    check.progress(upTo);
    List<String> all = new ArrayList<>(check.violations(log));
    all.addAll(refusals);
    return all;
  }

  private synchronized void took(Event event) {
    events.add(event);
    check.changed(List.of(event));
  }

  @Override
  public void added(ConfigMap map) {
    took(new Event.Put(keyValue(map), null));
  }

  @Override
  public void modified(ConfigMap map) {
    took(new Event.Put(keyValue(map), null));
  }

  @Override
  public void deleted(ConfigMap last) {
    // It carries the deletion's own revision, and says nothing of the one before.
    var gone = new Store.KeyValue(last.getMetadata().getName(), new byte[0], 0, 0, 0);
    took(new Event.Delete(gone, revision(last)));
  }

  @Override
  public void bookmark(String resourceVersion) {
    check.progress(Long.parseLong(resourceVersion));
  }

  @Override
  public void ended(@Nullable ApiException why) {
    if (why != null && why.error() instanceof ApiError.Expired) {
      synchronized (this) {
        refusals.add("resumable: the watch from %d expired".formatted(check.reached()));
        closed = true;
      }
      return;
    }
    if (!hasEnded()) {
      LockSupport.parkNanos(PAUSE);
      open();
    }
  }

  @Override
  public void close() {
    Cluster.Watch open;
    synchronized (this) {
      closed = true;
      open = watch;
    }
    if (open != null) {
      open.close();
    }
  }
}
