package dev.navarch.controllers;

import dev.navarch.client.BootstrapToken;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/// Removes join tokens that are over.
final class TokenCleaner implements Reconciler<Secret> {
  private final Cluster cluster;
  private final InstantSource clock;

  private TokenCleaner(Cluster cluster, InstantSource clock) {
    this.cluster = cluster;
    this.clock = clock;
  }

  static Controller register(Cluster cluster, InstantSource clock) {
    return Controller.of(Secret.class, new TokenCleaner(cluster, clock)).name("token_cleaner");
  }

  @Override
  public Result reconcile(Secret secret) {
    Optional<Instant> end =
        secret.getMetadata().getNamespace().equals(BootstrapToken.NAMESPACE)
            ? BootstrapToken.of(secret).flatMap(BootstrapToken::expiration)
            : Optional.empty();
    if (end.isEmpty()) {
      return Result.done();
    }
    Duration left = Duration.between(clock.instant(), end.get());
    if (left.isPositive()) {
      return Result.after(left);
    }
    cluster.delete(secret);
    return Result.done();
  }
}
