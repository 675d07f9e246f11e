package dev.navarch.apiserver.aggregation;

import dev.navarch.apiserver.auth.CertificateAuthority.Identity;
import dev.navarch.client.Informers.Change;
import io.fabric8.kubernetes.api.model.APIService;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The APIs that are registered to be served elsewhere, by the paths below which they are served.
/// There are mostly none, and looking for one then costs nothing.
final class Remotes {
  private static final Logger LOG = LoggerFactory.getLogger(Remotes.class);
  private final Supplier<Identity> identity;
  private volatile Map<String, Remote> byPath = Map.of();

  /// @param identity by which this server is known to the others
  Remotes(Supplier<Identity> identity) {
    this.identity = identity;
  }

  synchronized void changed(Change<APIService> change) {
    Map<String, Remote> next = new HashMap<>(byPath);
    String name = change.either().getMetadata().getName();
    next.values().removeIf(remote -> remote.name().equals(name));
    APIService now = change.now();
    if (now != null && now.getSpec().getService() != null) {
      try {
        Remote remote = Remote.of(now, identity.get());
        next.put(remote.path(), remote);
      } catch (IllegalArgumentException e) {
        LOG.atWarn().addKeyValue("apiservice", name).setCause(e).log("registration ignored");
      }
    }
    byPath = Map.copyOf(next);
  }

  Optional<Remote> named(String name) {
    return byPath.values().stream().filter(remote -> remote.name().equals(name)).findFirst();
  }

  /// The API that serves a path, `/apis/{group}/{version}` or below.
  Optional<Remote> serving(String path) {
    Map<String, Remote> all = byPath;
    if (all.isEmpty() || !path.startsWith("/apis/")) {
      return Optional.empty();
    }
    int group = path.indexOf('/', "/apis/".length());
    int end = group < 0 ? -1 : path.indexOf('/', group + 1);
    return Optional.ofNullable(all.get(end < 0 ? path : path.substring(0, end)));
  }
}
