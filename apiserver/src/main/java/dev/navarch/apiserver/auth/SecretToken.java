package dev.navarch.apiserver.auth;

import com.nimbusds.jwt.JWTClaimsSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What a token says that a Secret of the type `kubernetes.io/service-account-token` holds, under
/// upstream's names for it.
///
/// @param uid of the service account
public record SecretToken(String namespace, String serviceAccount, String uid, String secret) {
  private static final String ISSUER = "kubernetes/serviceaccount";
  private static final String CLAIMS = "kubernetes.io/serviceaccount/";

  JWTClaimsSet claims() {
    return new JWTClaimsSet.Builder()
        .issuer(ISSUER)
        .subject(subject())
        .claim(CLAIMS + "namespace", namespace)
        .claim(CLAIMS + "secret.name", secret)
        .claim(CLAIMS + "service-account.name", serviceAccount)
        .claim(CLAIMS + "service-account.uid", uid)
        .build();
  }

  /// Empty when they are those of another kind of token.
  static Optional<SecretToken> of(JWTClaimsSet claims) {
    if (!ISSUER.equals(claims.getIssuer())) {
      return Optional.empty();
    }
    var held =
        new SecretToken(
            text(claims, "namespace"),
            text(claims, "service-account.name"),
            text(claims, "service-account.uid"),
            text(claims, "secret.name"));
    return held.subject().equals(claims.getSubject()) ? Optional.of(held) : Optional.empty();
  }

  private static String text(JWTClaimsSet claims, String name) {
    return String.valueOf(claims.getClaim(CLAIMS + name));
  }

  /// Whether the service account and the Secret still are what they were.
  boolean lives(Living living, String token) {
    return living
            .uid(Living.Kind.SERVICE_ACCOUNT, namespace, serviceAccount)
            .equals(Optional.of(uid))
        && living.holds(namespace, secret, token);
  }

  User user() {
    return new User(
        subject(), uid, TokenChecker.groupsOf(namespace), Map.<String, List<String>>of());
  }

  private String subject() {
    return "system:serviceaccount:" + namespace + ":" + serviceAccount;
  }
}
