package dev.navarch.apiserver.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokensTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final String ISSUER = "https://kubernetes.default.svc.cluster.local";
  private final Map<String, String> uids =
      new HashMap<>(Map.of("SERVICE_ACCOUNT shop/runner", "u1", "POD shop/web", "p1"));
  private final TokenIssuer issuer =
      new TokenIssuer(CertificateAuthority.newKeys(), ISSUER, InstantSource.fixed(NOW));

  private Optional<TokenChecker.Checked> check(String token, Instant at, String audience) {
    Living living =
        new Living() {
          @Override
          public Optional<String> uid(Kind kind, String namespace, String name) {
            return Optional.ofNullable(uids.get(kind + " " + namespace + "/" + name));
          }

          @Override
          public boolean holds(String namespace, String secret, String text) {
            return text.equals(uids.get("TOKEN " + namespace + "/" + secret));
          }
        };
    return new TokenChecker(issuer, living, InstantSource.fixed(at)).check(token, Set.of(audience));
  }

  private String token() {
    return issuer
        .issue(
            new TokenIssuer.Request(
                "shop",
                "runner",
                "u1",
                List.of(ISSUER, "vault"),
                Duration.ofHours(1),
                new TokenIssuer.Bound(Living.Kind.POD, "web", "p1"),
                new TokenIssuer.Bound(Living.Kind.NODE, "n1", "x")))
        .token();
  }

  @Test
  void readsBackWhomItIssuedATokenTo() {
    var checked = check(token(), NOW.plusSeconds(10), "vault").orElseThrow();
    assertThat(checked.audiences()).containsExactly("vault");
    assertThat(checked.user().name()).isEqualTo("system:serviceaccount:shop:runner");
    assertThat(checked.user().uid()).isEqualTo("u1");
    assertThat(checked.user().groups())
        .containsExactly("system:serviceaccounts", "system:serviceaccounts:shop");
    assertThat(checked.user().extra())
        .containsEntry("authentication.kubernetes.io/pod-name", List.of("web"))
        .containsEntry("authentication.kubernetes.io/node-name", List.of("n1"));
  }

  @Test
  void refusesTokensThatAreOverOrForOthersOrForged() {
    assertThat(check(token(), NOW.plus(Duration.ofHours(2)), ISSUER)).isEmpty();
    assertThat(check(token(), NOW, "somebody-else")).isEmpty();
    assertThat(check(token() + "A", NOW, ISSUER)).isEmpty();
    assertThat(check("not.a.token", NOW, ISSUER)).isEmpty();
    var forger = new TokenIssuer(CertificateAuthority.newKeys(), ISSUER, InstantSource.fixed(NOW));
    String forged =
        forger
            .issue(
                new TokenIssuer.Request(
                    "shop", "runner", "u1", List.of(ISSUER), Duration.ofHours(1), null, null))
            .token();
    assertThat(check(forged, NOW, ISSUER)).isEmpty();
  }

  @Test
  void aTokenDiesWithItsPodOrItsServiceAccount() {
    String token = token();
    uids.put("POD shop/web", "another");
    assertThat(check(token, NOW, ISSUER)).isEmpty();
    uids.put("POD shop/web", "p1");
    uids.remove("SERVICE_ACCOUNT shop/runner");
    assertThat(check(token, NOW, ISSUER)).isEmpty();
  }

  @Test
  void aTokenInASecretHasNoEndAndDiesWithItsSecretOrItsServiceAccount() {
    String token = issuer.issueFor(new SecretToken("shop", "runner", "u1", "deploy"));
    uids.put("TOKEN shop/deploy", token);
    User user = check(token, NOW.plus(Duration.ofDays(9999)), ISSUER).orElseThrow().user();
    assertThat(user.name()).isEqualTo("system:serviceaccount:shop:runner");
    assertThat(user.groups())
        .containsExactly("system:serviceaccounts", "system:serviceaccounts:shop");
    assertThat(check(token, NOW, "vault")).isEmpty();
    uids.put("SERVICE_ACCOUNT shop/runner", "another");
    assertThat(check(token, NOW, ISSUER)).isEmpty();
    uids.put("SERVICE_ACCOUNT shop/runner", "u1");
    uids.put("TOKEN shop/deploy", "another");
    assertThat(check(token, NOW, ISSUER)).isEmpty();
  }

  @Test
  void readsAFileOfTokens(@TempDir Path folder) throws Exception {
    Path file =
        Files.writeString(folder.resolve("tokens.csv"), "s3cret,ann,7,\"ops,devs\"\nother,bob,8\n");
    StaticTokens tokens = StaticTokens.read(file);
    assertThat(tokens.find("s3cret"))
        .contains(new User("ann", "7", List.of("ops", "devs", "system:authenticated"), Map.of()));
    assertThat(tokens.find("other"))
        .contains(new User("bob", "8", List.of("system:authenticated"), Map.of()));
    assertThat(tokens.find("nope")).isEmpty();
  }
}
