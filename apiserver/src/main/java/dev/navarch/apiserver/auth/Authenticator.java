package dev.navarch.apiserver.auth;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.http.Exchange;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x500.style.IETFUtils;

/// Finds out who sends a request: by client certificate (or by what a front proxy with such a
/// certificate says), else by bearer token, else nobody known. A token that does not hold is an
/// error, never an anonymous request.
public final class Authenticator {
  private static final String WEBSOCKET_TOKEN = "base64url.bearer.authorization.k8s.io.";
  private static final String CREDENTIAL = "authentication.kubernetes.io/credential-id";
  private final TokenChecker tokens;
  private final StaticTokens staticTokens;
  private final BootstrapTokens bootstrapTokens;
  private final Set<String> audiences;
  private final FrontProxy frontProxy;

  /// @param audiences for whom a token must be meant to be good here
  public Authenticator(
      TokenChecker tokens,
      StaticTokens staticTokens,
      BootstrapTokens bootstrapTokens,
      Set<String> audiences,
      FrontProxy frontProxy) {
    this.tokens = tokens;
    this.staticTokens = staticTokens;
    this.bootstrapTokens = bootstrapTokens;
    this.audiences = audiences;
    this.frontProxy = frontProxy;
  }

  public User authenticate(Exchange exchange) {
    List<X509Certificate> chain = exchange.clientCertificates();
    boolean proxied = !chain.isEmpty() && frontProxy.vouches(chain.getFirst());
    if (!chain.isEmpty() && !proxied) {
      return authenticated(ofCertificate(chain.getFirst()));
    }
    if (proxied) {
      Optional<User> user = frontProxy.user(exchange, ofCertificate(chain.getFirst()).name());
      if (user.isPresent()) {
        return authenticated(user.get());
      }
    }
    Optional<String> token = bearerToken(exchange);
    if (token.isPresent() || proxied) {
      return token
          .flatMap(text -> ofToken(text, audiences))
          .map(TokenChecker.Checked::user)
          .orElseThrow(() -> new ApiException(new ApiError.Unauthorized("Unauthorized")));
    }
    return User.ANONYMOUS;
  }

  /// Whom a token stands for, with its groups; empty when it does not hold.
  public Optional<TokenChecker.Checked> ofToken(String token, Set<String> wantedAudiences) {
    return staticTokens
        .find(token)
        .or(() -> bootstrapTokens.find(token))
        .map(user -> new TokenChecker.Checked(user, List.copyOf(wantedAudiences)))
        .or(() -> tokens.check(token, wantedAudiences))
        .map(
            checked ->
                new TokenChecker.Checked(authenticated(checked.user()), checked.audiences()));
  }

  public Set<String> audiences() {
    return audiences;
  }

  private static Optional<String> bearerToken(Exchange exchange) {
    Optional<String> header =
        exchange
            .header("Authorization")
            .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
            .map(value -> value.substring(7).strip())
            .filter(value -> !value.isEmpty());
    return header.or(() -> webSocketToken(exchange));
  }

  /// Browsers cannot set headers on a WebSocket; they put the token among its subprotocols.
  private static Optional<String> webSocketToken(Exchange exchange) {
    return exchange.headers("Sec-WebSocket-Protocol").stream()
        .flatMap(each -> Arrays.stream(each.split(",")))
        .map(String::strip)
        .filter(each -> each.startsWith(WEBSOCKET_TOKEN))
        .findFirst()
        .map(each -> decode(each.substring(WEBSOCKET_TOKEN.length())));
  }

  private static String decode(String base64) {
    try {
      return new String(
          java.util.Base64.getUrlDecoder().decode(base64), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw new ApiException(new ApiError.Unauthorized("Unauthorized"));
    }
  }

  private static User ofCertificate(X509Certificate certificate) {
    X500Name subject = X500Name.getInstance(certificate.getSubjectX500Principal().getEncoded());
    List<String> names = values(subject, BCStyle.CN);
    if (names.isEmpty()) {
      throw new ApiException(new ApiError.Unauthorized("Unauthorized"));
    }
    return new User(
        names.getFirst(),
        "",
        values(subject, BCStyle.O),
        Map.of(CREDENTIAL, List.of("X509SHA256=" + digest(certificate))));
  }

  /// By which log and reviews name the certificate.
  private static String digest(X509Certificate certificate) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException | CertificateEncodingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static List<String> values(X500Name name, ASN1ObjectIdentifier attribute) {
    return Arrays.stream(name.getRDNs(attribute))
        .map(rdn -> IETFUtils.valueToString(rdn.getFirst().getValue()).replace("\\", ""))
        .toList();
  }

  static User authenticated(User user) {
    if (user.groups().contains("system:authenticated")) {
      return user;
    }
    List<String> groups = new ArrayList<>(user.groups());
    groups.add("system:authenticated");
    return new User(user.name(), user.uid(), List.copyOf(groups), user.extra());
  }
}
