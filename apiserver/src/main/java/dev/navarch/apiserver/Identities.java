package dev.navarch.apiserver;

import dev.navarch.apiserver.auth.Authenticator;
import dev.navarch.apiserver.auth.BootstrapTokens;
import dev.navarch.apiserver.auth.FrontProxy;
import dev.navarch.apiserver.auth.LivingInCluster;
import dev.navarch.apiserver.auth.Pem;
import dev.navarch.apiserver.auth.Pki;
import dev.navarch.apiserver.auth.StaticTokens;
import dev.navarch.apiserver.auth.TokenChecker;
import dev.navarch.apiserver.auth.TokenIssuer;
import dev.navarch.apiserver.auth.TokenRequests;
import dev.navarch.client.Cluster;
import java.time.InstantSource;
import java.util.Set;

/// Who callers are, and the tokens by which service accounts show it.
record Identities(TokenIssuer issuer, TokenRequests requests, Authenticator authenticator) {
  private static final String ISSUER = "https://kubernetes.default.svc.cluster.local";

  static Identities of(ApiServerConfig config, Pki pki, Cluster cluster, InstantSource clock) {
    TokenIssuer issuer = new TokenIssuer(pki.tokenKeys(), ISSUER, clock);
    Authenticator authenticator =
        new Authenticator(
            new TokenChecker(issuer, new LivingInCluster(cluster), clock),
            config.tokenFile().map(StaticTokens::read).orElse(StaticTokens.NONE),
            BootstrapTokens.in(cluster, clock),
            Set.of(ISSUER),
            new FrontProxy(
                Pem.readCertificate(pki.certificate("front-proxy-ca")), Set.of(Pki.FRONT_PROXY)));
    return new Identities(issuer, new TokenRequests(cluster, issuer), authenticator);
  }
}
