package dev.navarch.node.pods;

import dev.navarch.api.ApiException;
import dev.navarch.client.Key;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.dra.DraException;
import dev.navarch.node.volumes.VolumeException;
import io.fabric8.kubernetes.api.model.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Brings one pod to what its spec asks for and keeps it there, on one virtual thread, from its
/// sandbox to its removal, round by round ({@link PodSync}); everything that happens only wakes it
/// for another round, so nothing is lost and nothing runs twice.
final class PodWorker {
  private static final Logger LOG = LoggerFactory.getLogger(PodWorker.class);

  private final PodTools tools;
  private final String uid;
  private final Runnable done;
  private final Rounds rounds;
  private final CompletableFuture<Void> hasToEnd = new CompletableFuture<>();
  private final PodSync sync;
  private volatile Pod latest;
  private volatile boolean closed;

  /// @param done is called when the pod is gone from this node
  PodWorker(PodTools tools, Pod pod, Runnable done) {
    this.tools = tools;
    this.uid = pod.getMetadata().getUid();
    this.latest = pod;
    this.done = done;
    this.rounds = new Rounds(tools.clock());
    this.sync = new PodSync(tools, uid, this::pod, rounds, hasToEnd);
  }

  void start() {
    Thread.ofVirtual().name("pod " + Key.of(latest)).start(this::run);
  }

  Pod pod() {
    return latest;
  }

  /// Whether it comes from elsewhere than the API.
  boolean isStatic() {
    return Mirrors.isStatic(latest);
  }

  void update(Pod pod) {
    Pod before = latest;
    var was = before.getMetadata();
    var is = pod.getMetadata();
    if (!Objects.equals(was.getLabels(), is.getLabels())
        || !Objects.equals(was.getAnnotations(), is.getAnnotations())) {
      sync.refresh();
    }
    latest = pod;
    if (Containers.isDeleting(pod)) {
      hasToEnd.complete(null);
    }
    if (PodNews.isNews(before, pod, sync.reported())) {
      wake();
    }
  }

  /// What the pod's volumes show has changed: write it to them again.
  void refresh() {
    sync.refresh();
    wake();
  }

  /// The API knows this pod no more: end it, and tell nobody.
  void orphan() {
    sync.orphan();
    hasToEnd.complete(null);
    wake();
  }

  /// The node needs what the pod uses: ends it.
  void evict(Failure why) {
    sync.evict(why);
    wake();
  }

  /// Whether nothing of it runs any more, for good.
  boolean hasEnded() {
    return sync.isOver();
  }

  void wake() {
    rounds.wake();
  }

  /// Lets go of the pod and leaves it running.
  void close() {
    closed = true;
    hasToEnd.complete(null);
    wake();
  }

  private void run() {
    try {
      while (true) {
        rounds.await();
        if (closed) {
          sync.close();
          return;
        }
        rounds.begin(PodGround.REFRESH);
        if (round()) {
          done.run();
          return;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Returns whether the pod is gone.
  private boolean round() throws InterruptedException {
    Pod pod = latest;
    try {
      boolean isGone = sync.step(pod, Observation.of(tools.runtime(), uid));
      rounds.end();
      return isGone;
    } catch (CriException
        | ApiException
        | VolumeException
        | DraException
        | IOException
        | UncheckedIOException e) {
      LOG.atWarn()
          .addKeyValue("pod", Key.of(pod))
          .addKeyValue("reason", e.getMessage())
          .log("pod could not be brought on, trying again");
      rounds.again();
      return false;
    } catch (RuntimeException e) {
      LOG.atError().addKeyValue("pod", Key.of(pod)).setCause(e).log("pod worker failed");
      rounds.again();
      return false;
    }
  }
}
