package dev.navarch.store.etcd;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Where etcd is, and how it is spoken to.
///
/// @param endpoints as `https://10.0.0.1:2379`; each request goes to one that answers
/// @param prefix what the keys of all objects begin with, as `/registry`
/// @param ca what etcd's certificate must be signed by
/// @param certificate what this client shows, and its key
public record EtcdConfig(
    List<URI> endpoints,
    String prefix,
    Optional<Path> ca,
    Optional<Path> certificate,
    Optional<Path> key) {
  public static final String PREFIX = "/registry";

  public EtcdConfig {
    endpoints = List.copyOf(endpoints);
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("--etcd-servers: no address is given");
    }
    for (URI endpoint : endpoints) {
      boolean known = "http".equals(endpoint.getScheme()) || "https".equals(endpoint.getScheme());
      if (!known || endpoint.getHost() == null) {
        throw new IllegalArgumentException(
            "--etcd-servers: '%s' is no address; expected a form like https://10.0.0.1:2379"
                .formatted(endpoint));
      }
    }
    if (!prefix.startsWith("/") || prefix.length() < 2 || prefix.endsWith("/")) {
      throw new IllegalArgumentException(
          "--etcd-prefix: '%s' is no prefix; expected a form like /registry".formatted(prefix));
    }
    if (certificate.isPresent() != key.isPresent()) {
      throw new IllegalArgumentException(
          "--etcd-certfile and --etcd-keyfile belong together: give both or neither");
    }
  }

  /// Without TLS, under the usual prefix.
  public static EtcdConfig plain(String... endpoints) {
    return new EtcdConfig(
        List.of(endpoints).stream().map(URI::create).toList(),
        PREFIX,
        Optional.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
