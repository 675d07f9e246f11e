package dev.navarch.apiserver.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.security.interfaces.ECPublicKey;
import java.text.ParseException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Reads service account tokens back into users. A token counts only while its service account, and
/// the pod, node or secret that it is bound to, still are the very same objects.
public final class TokenChecker {
  private final JWSVerifier verifier;
  private final String issuer;
  private final Living living;
  private final InstantSource clock;

  /// A good token's user, and which of the wanted audiences it is meant for.
  public record Checked(User user, List<String> audiences) {}

  public TokenChecker(TokenIssuer issuer, Living living, InstantSource clock) {
    try {
      this.verifier = new ECDSAVerifier((ECPublicKey) issuer.publicKey());
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
    this.issuer = issuer.issuer();
    this.living = living;
    this.clock = clock;
  }

  /// Empty when the token is none of ours, or no longer good, or for somebody else.
  public Optional<Checked> check(String token, Set<String> wantedAudiences) {
    try {
      SignedJWT signed = SignedJWT.parse(token);
      if (!signed.getHeader().getAlgorithm().equals(JWSAlgorithm.ES256)
          || !signed.verify(verifier)) {
        return Optional.empty();
      }
      JWTClaimsSet claims = signed.getJWTClaimsSet();
      Optional<SecretToken> held = SecretToken.of(claims);
      if (held.isPresent()) {
        // Such tokens name no audience: they are meant for this API alone.
        return held.filter(one -> wantedAudiences.contains(issuer) && one.lives(living, token))
            .map(one -> new Checked(one.user(), List.of(issuer)));
      }
      List<String> audiences =
          claims.getAudience().stream().filter(wantedAudiences::contains).toList();
      return isCurrent(claims) && !audiences.isEmpty()
          ? user(claims).map(user -> new Checked(user, audiences))
          : Optional.empty();
    } catch (ParseException | JOSEException notOurs) {
      return Optional.empty();
    }
  }

  @SuppressWarnings("JavaUtilDate") // the JWT library hands it out
  private boolean isCurrent(JWTClaimsSet claims) {
    Instant now = clock.instant();
    return issuer.equals(claims.getIssuer())
        && claims.getExpirationTime() != null
        && claims.getExpirationTime().toInstant().isAfter(now)
        && (claims.getNotBeforeTime() == null
            || !claims.getNotBeforeTime().toInstant().isAfter(now.plusSeconds(60)));
  }

  private Optional<User> user(JWTClaimsSet claims) throws ParseException {
    Map<String, Object> kubernetes = claims.getJSONObjectClaim("kubernetes.io");
    if (kubernetes == null || !(kubernetes.get("namespace") instanceof String namespace)) {
      return Optional.empty();
    }
    Map<String, List<String>> extra = new LinkedHashMap<>();
    extra.put("authentication.kubernetes.io/credential-id", List.of("JTI=" + claims.getJWTID()));
    for (Living.Kind kind : Living.Kind.values()) {
      if (kubernetes.get(kind.claim()) instanceof Map<?, ?> bound) {
        String name = String.valueOf(bound.get("name"));
        String uid = String.valueOf(bound.get("uid"));
        if (kind != Living.Kind.NODE
            && !living.uid(kind, namespace, name).equals(Optional.of(uid))) {
          return Optional.empty();
        }
        if (kind == Living.Kind.POD || kind == Living.Kind.NODE) {
          String prefix = "authentication.kubernetes.io/" + kind.claim();
          extra.put(prefix + "-name", List.of(name));
          extra.put(prefix + "-uid", List.of(uid));
        }
      }
    }
    if (!(kubernetes.get("serviceaccount") instanceof Map<?, ?> account)) {
      return Optional.empty();
    }
    return Optional.of(
        new User(
            claims.getSubject(),
            String.valueOf(account.get("uid")),
            groupsOf(namespace),
            Map.copyOf(extra)));
  }

  /// The groups that every service account of a namespace is in.
  static List<String> groupsOf(String namespace) {
    return List.of("system:serviceaccounts", "system:serviceaccounts:" + namespace);
  }
}
