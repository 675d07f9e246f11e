package dev.navarch.node.volumes;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Service-account tokens that are bound to one pod, asked for anew when 80 % of their time is
/// over.
final class Tokens {
  private static final Duration LONGEST_USE = Duration.ofHours(24);

  private final Cluster cluster;
  private final InstantSource clock;
  private final Map<Asked, Token> held = new ConcurrentHashMap<>();

  Tokens(Cluster cluster, InstantSource clock) {
    this.cluster = cluster;
    this.clock = clock;
  }

  private record Asked(String podUid, String account, String audience, long seconds) {}

  /// @param expires as the server wrote it
  record Token(String text, String expires, Instant renewAt) {}

  Token token(Pod pod, String audience, long seconds) {
    String account = pod.getSpec().getServiceAccountName();
    var asked = new Asked(pod.getMetadata().getUid(), account, audience, seconds);
    Token token = held.get(asked);
    if (token == null || !clock.instant().isBefore(token.renewAt())) {
      token = request(pod, asked);
      held.put(asked, token);
    }
    return token;
  }

  void forget(String podUid) {
    held.keySet().removeIf(asked -> asked.podUid().equals(podUid));
  }

  private Token request(Pod pod, Asked asked) {
    ObjectNode review = JsonNodeFactory.instance.objectNode();
    review.put("apiVersion", "authentication.k8s.io/v1").put("kind", "TokenRequest");
    ObjectNode spec = review.putObject("spec");
    var audiences = spec.putArray("audiences");
    if (!asked.audience().isEmpty()) {
      audiences.add(asked.audience());
    }
    spec.put("expirationSeconds", asked.seconds());
    spec.putObject("boundObjectRef")
        .put("apiVersion", "v1")
        .put("kind", "Pod")
        .put("name", pod.getMetadata().getName())
        .put("uid", pod.getMetadata().getUid());
    Instant now = clock.instant();
    ObjectNode answer =
        cluster.post(
            Resource.of(ServiceAccount.class),
            new Key(pod.getMetadata().getNamespace(), asked.account()),
            "token",
            review);
    var status = answer.path("status");
    String expires = status.path("expirationTimestamp").asString();
    Duration life = Duration.between(now, Instant.parse(expires));
    Duration use = life.multipliedBy(8).dividedBy(10);
    return new Token(
        status.path("token").asString(),
        expires,
        now.plus(use.compareTo(LONGEST_USE) < 0 ? use : LONGEST_USE));
  }
}
