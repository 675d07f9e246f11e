package dev.navarch.apiserver.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.security.KeyPair;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Signs tokens by which pods prove which service account they run as. A token says until when, for
/// which audience, and with which object it dies.
public final class TokenIssuer {
  private static final JWSAlgorithm ALGORITHM = JWSAlgorithm.ES256;
  private final KeyPair keys;
  private final String issuer;
  private final InstantSource clock;

  /// What a token is bound to besides its service account.
  public record Bound(Living.Kind kind, String name, String uid) {}

  /// @param node the node of a bound pod; null when there is none
  public record Request(
      String namespace,
      String serviceAccount,
      String uid,
      List<String> audiences,
      Duration life,
      @Nullable Bound bound,
      @Nullable Bound node) {}

  public record Issued(String token, Instant expires) {}

  public TokenIssuer(KeyPair keys, String issuer, InstantSource clock) {
    this.keys = keys;
    this.issuer = issuer;
    this.clock = clock;
  }

  public String issuer() {
    return issuer;
  }

  PublicKey publicKey() {
    return keys.getPublic();
  }

  @SuppressWarnings("JavaUtilDate") // the JWT library asks for it
  public Issued issue(Request request) {
    Instant now = clock.instant();
    Instant expires = Instant.ofEpochSecond(now.plus(request.life()).getEpochSecond());
    Map<String, Object> kubernetes = new LinkedHashMap<>();
    kubernetes.put("namespace", request.namespace());
    kubernetes.put("serviceaccount", reference(request.serviceAccount(), request.uid()));
    if (request.bound() != null) {
      put(kubernetes, request.bound());
    }
    if (request.node() != null) {
      put(kubernetes, request.node());
    }
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer(issuer)
            .subject(
                "system:serviceaccount:" + request.namespace() + ":" + request.serviceAccount())
            .audience(request.audiences())
            .issueTime(java.util.Date.from(now))
            .notBeforeTime(java.util.Date.from(now))
            .expirationTime(java.util.Date.from(expires))
            .jwtID(UUID.randomUUID().toString())
            .claim("kubernetes.io", kubernetes)
            .build();
    return new Issued(sign(claims), expires);
  }

  private String sign(JWTClaimsSet claims) {
    var token =
        new SignedJWT(
            new JWSHeader.Builder(ALGORITHM).type(JOSEObjectType.JWT).keyID(keyId()).build(),
            claims);
    try {
      token.sign(new ECDSASigner((ECPrivateKey) keys.getPrivate()));
    } catch (JOSEException e) {
      throw new IllegalStateException("cannot sign a token", e);
    }
    return token.serialize();
  }

  /// A token for a Secret to hold. It has no end: it dies with the Secret or the service account.
  public String issueFor(SecretToken held) {
    return sign(held.claims());
  }

  private static void put(Map<String, Object> kubernetes, Bound bound) {
    kubernetes.put(bound.kind().claim(), reference(bound.name(), bound.uid()));
  }

  private static Map<String, Object> reference(String name, String uid) {
    return Map.of("name", name, "uid", uid);
  }

  /// The public key as a JSON Web Key Set, for whoever checks tokens by themselves.
  public String keySet() {
    ECKey key =
        new ECKey.Builder(Curve.P_256, (ECPublicKey) keys.getPublic())
            .keyUse(KeyUse.SIGNATURE)
            .algorithm(ALGORITHM)
            .keyID(keyId())
            .build();
    return "{\"keys\":[" + key.toJSONString() + "]}";
  }

  private String keyId() {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(keys.getPublic().getEncoded());
      return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
