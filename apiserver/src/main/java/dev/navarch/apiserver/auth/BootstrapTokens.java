package dev.navarch.apiserver.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.client.BootstrapToken;
import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Secret;
import java.security.MessageDigest;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;

/// Reads the tokens by which machines join. One counts as long as its Secret is there, says that it
/// may be used so, and is not over; secrets are compared in constant time.
public record BootstrapTokens(Function<Key, Optional<Secret>> secrets, InstantSource clock) {
  private static final String GROUP = "system:bootstrappers";

  /// Those that a cluster keeps.
  public static BootstrapTokens in(Cluster cluster, InstantSource clock) {
    return new BootstrapTokens(key -> cluster.find(Resource.of(Secret.class), key), clock);
  }

  /// Whom a bearer token stands for; empty when it is no such token, or no longer good.
  public Optional<User> find(String token) {
    return BootstrapToken.parse(token)
        .flatMap(
            shown ->
                secrets
                    .apply(BootstrapToken.secretOf(shown.id()))
                    .flatMap(BootstrapToken::of)
                    .filter(kept -> isSame(kept.secret(), shown.secret()))
                    .filter(kept -> kept.authenticates() && !kept.isOver(clock.instant())))
        .map(BootstrapTokens::user);
  }

  private static boolean isSame(String one, String other) {
    return MessageDigest.isEqual(one.getBytes(UTF_8), other.getBytes(UTF_8));
  }

  private static User user(BootstrapToken token) {
    List<String> groups =
        Stream.concat(Stream.of(GROUP), token.groups().stream()).distinct().sorted().toList();
    return new User("system:bootstrap:" + token.id(), "", groups, Map.of());
  }
}
