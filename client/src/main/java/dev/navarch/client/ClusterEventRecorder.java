package dev.navarch.client;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectReference;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes events into a cluster, one after the other on a thread of its own. What does not fit into
/// its queue is dropped: an event is news, not a record.
public final class ClusterEventRecorder implements EventRecorder, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ClusterEventRecorder.class);
  private static final Resource<Event> EVENTS = Resource.of(Event.class);
  private static final int WAITING = 1000;
  private static final int ATTEMPTS = 12;

  private final Cluster cluster;
  private final String component;
  private final String host;
  private final InstantSource clock;
  private final Random random;
  private final EventCorrelation correlation = new EventCorrelation();
  private final BlockingQueue<EventCorrelation.Occurrence> waiting =
      new ArrayBlockingQueue<>(WAITING);
  private final Thread writer;

  /// @param component who speaks, unless {@link #as} says otherwise: `kubelet`
  /// @param host the machine it speaks from; empty for the control plane
  public ClusterEventRecorder(
      Cluster cluster, String component, String host, InstantSource clock, Random random) {
    this.cluster = cluster;
    this.component = component;
    this.host = host;
    this.clock = clock;
    this.random = random;
    this.writer = Thread.ofVirtual().name("events").start(this::write);
  }

  @Override
  public EventRecorder as(String other) {
    return new EventRecorder() {
      @Override
      public EventRecorder as(String another) {
        return ClusterEventRecorder.this.as(another);
      }

      @Override
      public void record(ObjectReference about, Type type, String reason, String message) {
        tell(other, about, type, reason, message);
      }
    };
  }

  @Override
  public void record(ObjectReference about, Type type, String reason, String message) {
    tell(component, about, type, reason, message);
  }

  @Override
  public void close() {
    writer.interrupt();
  }

  private void tell(
      String speaker, ObjectReference about, Type type, String reason, String message) {
    var occurrence =
        new EventCorrelation.Occurrence(speaker, about, type, reason, message, clock.instant());
    if (!waiting.offer(occurrence)) {
      LOG.atDebug()
          .setMessage("Event dropped, too many are waiting")
          .addKeyValue("reason", reason)
          .addKeyValue("object", about.getName())
          .log();
    }
  }

  private void write() {
    try {
      while (true) {
        EventCorrelation.Occurrence occurrence = waiting.take();
        var decision = correlation.decide(occurrence);
        if (decision.isPresent()) {
          write(occurrence, decision.get());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(EventCorrelation.Occurrence occurrence, EventCorrelation.Decision decision)
      throws InterruptedException {
    var backoff = new Backoff(Duration.ofMillis(100), Duration.ofSeconds(10), random);
    for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
      try {
        correlation.wrote(decision, store(occurrence, decision));
        return;
      } catch (ApiException e) {
        if (!passes(e.error())) {
          lost(occurrence, e);
          return;
        }
        Thread.sleep(backoff.next());
      } catch (RuntimeException e) {
        lost(occurrence, e);
        return;
      }
    }
  }

  /// Whether trying again may help. A namespace that is going away, for one, takes no events.
  private static boolean passes(ApiError error) {
    return error instanceof ApiError.Unavailable
        || error instanceof ApiError.Timeout
        || error instanceof ApiError.TooManyRequests;
  }

  private static void lost(EventCorrelation.Occurrence occurrence, RuntimeException why) {
    LOG.atDebug()
        .setMessage("Event could not be written")
        .addKeyValue("reason", occurrence.reason())
        .addKeyValue("object", occurrence.about().getName())
        .setCause(why)
        .log();
  }

  private EventCorrelation.Recorded store(
      EventCorrelation.Occurrence occurrence, EventCorrelation.Decision decision) {
    EventCorrelation.Recorded earlier = decision.earlier();
    if (earlier != null) {
      try {
        return count(occurrence, decision, earlier);
      } catch (ApiException e) {
        if (!e.isNotFound()) {
          throw e;
        }
      }
    }
    return new EventCorrelation.Recorded(Key.of(create(occurrence, decision.message())), 1);
  }

  private EventCorrelation.Recorded count(
      EventCorrelation.Occurrence occurrence,
      EventCorrelation.Decision decision,
      EventCorrelation.Recorded earlier) {
    var body =
        Objects.emptyDocument()
            .put("count", earlier.count() + 1)
            .put("message", decision.message())
            .put("lastTimestamp", timestamp(occurrence.at()));
    var patch = new Cluster.Patch(Cluster.Patch.Type.MERGE, Objects.write(body));
    cluster.patch(EVENTS, earlier.key(), patch, "");
    return new EventCorrelation.Recorded(earlier.key(), earlier.count() + 1);
  }

  private Event create(EventCorrelation.Occurrence occurrence, String message) {
    ObjectReference about = occurrence.about();
    String namespace = about.getNamespace() == null ? "default" : about.getNamespace();
    long nanos = ChronoUnit.NANOS.between(Instant.EPOCH, occurrence.at());
    String name = about.getName() + "." + Long.toHexString(nanos + random.nextInt(1000));
    return cluster.create(
        EVENTS,
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(name)
            .endMetadata()
            .withInvolvedObject(about)
            .withType(occurrence.type().text())
            .withReason(occurrence.reason())
            .withMessage(message)
            .withCount(1)
            .withFirstTimestamp(timestamp(occurrence.at()))
            .withLastTimestamp(timestamp(occurrence.at()))
            .withNewSource(occurrence.component(), host.isEmpty() ? null : host)
            .withReportingComponent(occurrence.component())
            .withReportingInstance(host)
            .build());
  }

  private static String timestamp(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
