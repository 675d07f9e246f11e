package dev.navarch.store.etcd;

import com.google.protobuf.ByteString;
import dev.navarch.store.Store;
import dev.navarch.store.Store.CompactedException;
import dev.navarch.store.Store.Listener;
import dev.navarch.store.etcd.EtcdConnection.Member;
import io.etcd.jetcd.api.Event.EventType;
import io.etcd.jetcd.api.WatchCreateRequest;
import io.etcd.jetcd.api.WatchGrpc;
import io.etcd.jetcd.api.WatchRequest;
import io.etcd.jetcd.api.WatchResponse;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A watch of etcd that outlives its connections: it goes on with another member right after the
/// last revision that it delivered.
///
/// It watches every key, and picks its own. So each revision of etcd passes by, and how far the
/// watch has come never depends on progress notifications, which overtake events in older versions
/// of etcd.
final class EtcdWatch implements Store.Watch {
  private static final Logger LOG = LoggerFactory.getLogger(EtcdWatch.class);
  private static final long PAUSE = 200_000_000L;

  private final EtcdConnection etcd;
  private final KeySpace keys;
  private final String prefix;
  private final long offset;
  private final Listener listener;
  private long reached;
  private @Nullable Stream stream;
  private boolean over;

  EtcdWatch(
      EtcdConnection etcd,
      KeySpace keys,
      String prefix,
      long after,
      long offset,
      Listener listener) {
    this.etcd = etcd;
    this.keys = keys;
    this.prefix = prefix;
    this.offset = offset;
    this.listener = listener;
    this.reached = after - offset;
  }

  synchronized void start() {
    if (!over) {
      stream = new Stream(etcd.member());
      stream.open();
    }
  }

  synchronized boolean hasEnded() {
    return over;
  }

  /// Ends the watch, once.
  void stop(@Nullable RuntimeException why) {
    synchronized (this) {
      if (over) {
        return;
      }
      over = true;
      if (stream != null) {
        stream.cancel();
      }
    }
    listener.ended(why);
  }

  @Override
  public void close() {
    stop(null);
  }

  private synchronized boolean isCurrent(Stream asking) {
    return !over && stream == asking;
  }

  /// One connection's part of the watch. gRPC calls it on one thread at a time.
  private final class Stream implements StreamObserver<WatchResponse> {
    private final Member member;
    private @Nullable StreamObserver<WatchRequest> requests;

    Stream(Member member) {
      this.member = member;
    }

    void open() {
      StreamObserver<WatchRequest> out = WatchGrpc.newStub(member.channel()).watch(this);
      requests = out;
      var create =
          WatchCreateRequest.newBuilder()
              .setKey(KeySpace.ALL)
              .setRangeEnd(KeySpace.ALL)
              .setStartRevision(reached + 1)
              .setPrevKv(true);
      out.onNext(WatchRequest.newBuilder().setCreateRequest(create).build());
    }

    void cancel() {
      if (requests != null) {
        requests.onError(new CancellationException("the watch is closed"));
      }
    }

    @Override
    public void onNext(WatchResponse response) {
      if (!isCurrent(this)) {
        return;
      }
      boolean refused = response.getCanceled() && response.getCompactRevision() == 0;
      if (refused) {
        again(new IllegalStateException("etcd ended the watch: " + response.getCancelReason()));
        return;
      }
      try {
        take(response);
      } catch (RuntimeException e) {
        stop(e);
      }
    }

    @Override
    public void onError(Throwable failure) {
      again(failure);
    }

    @Override
    public void onCompleted() {
      again(new IllegalStateException("etcd ended the stream"));
    }

    private void again(Throwable failure) {
      if (!isCurrent(this)) {
        return;
      }
      LOG.atDebug().setCause(failure).addKeyValue("member", member.endpoint()).log("watch again");
      etcd.leave(member);
      LockSupport.parkNanos(PAUSE);
      if (isCurrent(this)) {
        start();
      }
    }
  }

  private void take(WatchResponse response) {
    if (response.getCanceled()) {
      throw new CompactedException(reached + offset, response.getCompactRevision() + offset);
    }
    if (response.getCreated()) {
      etcd.observe(response.getHeader(), 0);
      if (response.getHeader().getRevision() == reached) {
        listener.progress(reached + offset);
      }
      return;
    }
    List<Store.Event> ours = new ArrayList<>();
    long last = reached;
    for (io.etcd.jetcd.api.Event event : response.getEventsList()) {
      ByteString key = event.getKv().getKey();
      last = event.getKv().getModRevision();
      if (last > reached && keys.holds(key) && keys.inner(key).startsWith(prefix)) {
        ours.add(event(event));
      }
    }
    reached = last;
    if (!ours.isEmpty()) {
      listener.changed(ours);
    }
    listener.progress(reached + offset);
  }

  private Store.Event event(io.etcd.jetcd.api.Event event) {
    Store.KeyValue now = keyValue(event.getKv());
    if (event.getType() == EventType.PUT) {
      boolean made = event.getKv().getCreateRevision() == event.getKv().getModRevision();
      return new Store.Event.Put(now, made ? null : previous(event));
    }
    return new Store.Event.Delete(previous(event), now.modRevision());
  }

  private Store.KeyValue previous(io.etcd.jetcd.api.Event event) {
    if (!event.hasPrevKv()) {
      long revision = event.getKv().getModRevision() + offset;
      throw new CompactedException(reached + offset, revision);
    }
    return keyValue(event.getPrevKv());
  }

  private Store.KeyValue keyValue(io.etcd.jetcd.api.KeyValue found) {
    return keys.keyValue(found, offset);
  }
}
