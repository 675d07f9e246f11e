package dev.navarch.client;

import io.fabric8.kubernetes.api.model.ObjectReference;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Decides what becomes of an occurrence, so that a fault that repeats itself does not flood the
/// store: the same event is counted, many similar ones are combined, and an object that never stops
/// is heard 25 times and then once every five minutes. The limits are upstream's.
final class EventCorrelation {
  private static final int BURST = 25;
  private static final Duration REFILL = Duration.ofMinutes(5);
  private static final int SIMILAR = 10;
  private static final Duration SIMILAR_WITHIN = Duration.ofMinutes(10);
  private static final int REMEMBERED = 4096;

  private final Map<String, Bucket> buckets = remembering();
  private final Map<String, Similar> similar = remembering();
  private final Map<String, Recorded> recorded = remembering();

  /// Something that happened, as it was told.
  record Occurrence(
      String component,
      ObjectReference about,
      EventRecorder.Type type,
      String reason,
      String message,
      Instant at) {
    String subject() {
      return String.join(
          "|",
          component,
          about.getKind(),
          String.valueOf(about.getNamespace()),
          about.getName(),
          String.valueOf(about.getUid()),
          String.valueOf(about.getFieldPath()));
    }

    String topic() {
      return subject() + "|" + type + "|" + reason;
    }
  }

  /// An event that exists already.
  record Recorded(Key key, int count) {}

  /// What to write.
  ///
  /// @param identity what makes two events the same
  /// @param earlier the event to count on, null to create one
  record Decision(String identity, String message, @Nullable Recorded earlier) {}

  private record Bucket(double tokens, Instant at) {}

  private record Similar(Set<String> messages, Instant at) {}

  /// Empty when nothing is to be written.
  Optional<Decision> decide(Occurrence occurrence) {
    if (!allows(occurrence)) {
      return Optional.empty();
    }
    boolean combined = isOneOfMany(occurrence);
    String message =
        combined ? "(combined from similar events): " + occurrence.message() : occurrence.message();
    String identity =
        combined ? occurrence.topic() : occurrence.topic() + "|" + occurrence.message();
    return Optional.of(new Decision(identity, message, recorded.get(identity)));
  }

  void wrote(Decision decision, Recorded event) {
    recorded.put(decision.identity(), event);
  }

  private boolean allows(Occurrence occurrence) {
    Bucket bucket = buckets.getOrDefault(occurrence.subject(), new Bucket(BURST, occurrence.at()));
    double refilled =
        (double) Duration.between(bucket.at(), occurrence.at()).toMillis() / REFILL.toMillis();
    double tokens = Math.min(BURST, bucket.tokens() + Math.max(0, refilled));
    boolean allowed = tokens >= 1;
    buckets.put(occurrence.subject(), new Bucket(allowed ? tokens - 1 : tokens, occurrence.at()));
    return allowed;
  }

  private boolean isOneOfMany(Occurrence occurrence) {
    Similar known = similar.get(occurrence.topic());
    boolean recent = known != null && known.at().plus(SIMILAR_WITHIN).isAfter(occurrence.at());
    Set<String> messages = recent && known != null ? known.messages() : new HashSet<>();
    if (messages.size() < SIMILAR) {
      messages.add(occurrence.message());
    }
    similar.put(occurrence.topic(), new Similar(messages, occurrence.at()));
    return messages.size() >= SIMILAR;
  }

  private static <V> Map<String, V> remembering() {
    return new LinkedHashMap<>(16, 0.75f, true) {
      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > REMEMBERED;
      }
    };
  }
}
