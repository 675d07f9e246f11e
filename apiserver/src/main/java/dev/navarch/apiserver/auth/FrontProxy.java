package dev.navarch.apiserver.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.http.Exchange;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import javax.security.auth.x500.X500Principal;

/// Identity that one server vouches for to another, in headers. They are believed only from a
/// client whose certificate comes from the authority that is there for nothing else, and bears an
/// allowed name.
///
/// @param authority who signs for front proxies
/// @param allowedNames common names of their certificates
public record FrontProxy(X509Certificate authority, Set<String> allowedNames) {
  public static final String USER = "X-Remote-User";
  public static final String UID = "X-Remote-Uid";
  public static final String GROUP = "X-Remote-Group";
  public static final String EXTRA = "X-Remote-Extra-";

  /// The headers by which a user is made known to the next server.
  public static Map<String, List<String>> headers(User user) {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    headers.put(USER, List.of(user.name()));
    if (!user.uid().isEmpty()) {
      headers.put(UID, List.of(user.uid()));
    }
    headers.put(GROUP, user.groups());
    user.extra()
        .forEach((key, values) -> headers.put(EXTRA + URLEncoder.encode(key, UTF_8), values));
    return headers;
  }

  /// Whether the certificate is one of a front proxy: it stands for nobody by itself.
  boolean vouches(X509Certificate certificate) {
    X500Principal issuer = certificate.getIssuerX500Principal();
    return issuer.equals(authority.getSubjectX500Principal());
  }

  /// Whom a front proxy speaks for; empty when it says nothing, or may not.
  ///
  /// @param proxy the common name of its certificate
  Optional<User> user(Exchange exchange, String proxy) {
    return allowedNames.contains(proxy)
        ? exchange
            .header(USER)
            .filter(name -> !name.isEmpty())
            .map(
                name ->
                    new User(
                        name,
                        exchange.header(UID).orElse(""),
                        exchange.headers(GROUP),
                        extra(exchange)))
        : Optional.empty();
  }

  private static Map<String, List<String>> extra(Exchange exchange) {
    Map<String, List<String>> extra = new LinkedHashMap<>();
    exchange
        .allHeaders()
        .forEach(
            (name, values) -> {
              String lower = name.toLowerCase(Locale.ROOT);
              if (lower.startsWith(EXTRA.toLowerCase(Locale.ROOT))) {
                extra.put(URLDecoder.decode(lower.substring(EXTRA.length()), UTF_8), values);
              }
            });
    return extra;
  }
}
