package dev.navarch.apiserver.auth;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What nobody known may send to say who they are.
final class CredentialsFuzzTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final TokenIssuer ISSUER =
      new TokenIssuer(CertificateAuthority.newKeys(), "issuer", InstantSource.fixed(NOW));
  private static final TokenChecker CHECKER =
      new TokenChecker(ISSUER, (kind, namespace, name) -> Optional.of("u"), () -> NOW);
  private static final String SIGNATURE = signature();

  private static String signature() {
    String token =
        ISSUER
            .issue(
                new TokenIssuer.Request(
                    "a", "b", "u", List.of("issuer"), Duration.ofHours(1), null, null))
            .token();
    return token.substring(token.lastIndexOf('.'));
  }

  /// Nothing but what the issuer has signed is ever good.
  @FuzzTest
  void tokens(byte[] input) {
    String text = new String(input, UTF_8);
    assertThat(CHECKER.check(text, Set.of("issuer"))).isEmpty();
    assertThat(CHECKER.check(text + SIGNATURE, Set.of("issuer"))).isEmpty();
    String[] parts = text.split("\n", 2);
    if (parts.length == 2) {
      assertThat(
              CHECKER.check(
                  encoded(parts[0]) + "." + encoded(parts[1]) + SIGNATURE, Set.of("issuer")))
          .isEmpty();
    }
  }

  private static String encoded(String json) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(UTF_8));
  }

  @FuzzTest
  void signingRequests(byte[] der) {
    String pem =
        "-----BEGIN CERTIFICATE REQUEST-----\n%s\n-----END CERTIFICATE REQUEST-----\n"
            .formatted(Base64.getEncoder().encodeToString(der));
    String sent = Base64.getEncoder().encodeToString(pem.getBytes(US_ASCII));
    try {
      assertThat(SigningRequests.organizations(SigningRequests.read(sent))).isNotNull();
      SigningRequest.read(sent);
    } catch (IllegalArgumentException refused) {
      assertThat(refused.getMessage()).isNotEmpty();
    }
  }
}
