package dev.navarch.apiserver.aggregation;

import dev.navarch.api.Json;
import dev.navarch.apiserver.auth.CertificateAuthority.Identity;
import dev.navarch.apiserver.auth.FrontProxy;
import dev.navarch.apiserver.auth.User;
import dev.navarch.apiserver.proxy.Backend;
import dev.navarch.apiserver.proxy.ClientTls;
import dev.navarch.apiserver.proxy.ServiceEndpoints;
import dev.navarch.client.AnyServer;
import dev.navarch.http.ClientCall;
import dev.navarch.http.Exchange;
import io.fabric8.kubernetes.api.model.APIService;
import io.fabric8.kubernetes.api.model.APIServiceSpec;
import io.fabric8.kubernetes.api.model.ServiceReference;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import tools.jackson.databind.node.ObjectNode;

/// An API that another server serves: what is registered of it, and how to greet that server.
///
/// @param tls shows the front proxy's certificate, and trusts what the registration says
record Remote(APIService registration, SSLContext tls) {
  private static final int MAX_ANSWER = 16 << 20;
  private static final int DEFAULT_PORT = 443;

  /// Who asks remote servers what they serve: one that they always let in.
  private static final User AGGREGATOR =
      new User("system:kube-aggregator", "", List.of("system:masters"), Map.of());

  static Remote of(APIService registration, Identity identity) {
    APIServiceSpec spec = registration.getSpec();
    SSLContext tls =
        Boolean.TRUE.equals(spec.getInsecureSkipTLSVerify())
            ? ClientTls.trusting(AnyServer.trust(), identity)
            : ClientTls.trusting(authorities(spec.getCaBundle()), identity);
    return new Remote(registration, tls);
  }

  private static Collection<? extends Certificate> authorities(String bundle) {
    if (bundle == null || bundle.isEmpty()) {
      return List.of();
    }
    try {
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(Base64.getDecoder().decode(bundle)));
    } catch (CertificateException e) {
      throw new IllegalArgumentException("caBundle holds no certificates", e);
    }
  }

  String name() {
    return registration.getMetadata().getName();
  }

  /// `/apis/metrics.k8s.io/v1beta1`.
  String path() {
    APIServiceSpec spec = registration.getSpec();
    return "/apis/" + spec.getGroup() + "/" + spec.getVersion();
  }

  /// The name that the server's certificate must bear.
  String serverName() {
    var service = registration.getSpec().getService();
    return Boolean.TRUE.equals(registration.getSpec().getInsecureSkipTLSVerify())
        ? ""
        : service.getName() + "." + service.getNamespace() + ".svc";
  }

  /// Where one of its servers listens now.
  ServiceEndpoints.Resolution resolve(ServiceEndpoints services) {
    ServiceReference service = registration.getSpec().getService();
    return services.resolve(service.getNamespace(), service.getName(), port());
  }

  int port() {
    Integer port = registration.getSpec().getService().getPort();
    return port == null ? DEFAULT_PORT : port;
  }

  Backend at(InetSocketAddress address) {
    return new Backend(
        address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress(),
        address.getPort(),
        Optional.of(tls),
        serverName());
  }

  /// What the server tells of itself; an answer that is no success is an exception.
  static ObjectNode ask(Backend backend, String path) throws IOException {
    Map<String, List<String>> headers = new LinkedHashMap<>();
    headers.put("Host", List.of(backend.hostHeader()));
    headers.put("Accept", List.of("application/json"));
    headers.putAll(FrontProxy.headers(AGGREGATOR));
    try (Exchange.Connection connection = backend.connect();
        ClientCall call = ClientCall.send(connection, "GET", path, headers, new byte[0])) {
      if (call.status() / 100 != 2) {
        throw new IOException(
            "bad status from https://%s%s: %d"
                .formatted(backend.hostHeader(), path, call.status()));
      }
      return Json.parse(call.body().readNBytes(MAX_ANSWER));
    }
  }
}
