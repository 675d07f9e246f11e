package dev.navarch.apiserver.aggregation;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.apiserver.auth.CertificateAuthority.Identity;
import dev.navarch.apiserver.auth.FrontProxy;
import dev.navarch.apiserver.discovery.RemoteVersion;
import dev.navarch.apiserver.proxy.Forward;
import dev.navarch.apiserver.proxy.ServiceEndpoints;
import dev.navarch.apiserver.proxy.ServiceEndpoints.Resolution;
import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.ControllerRuntime;
import dev.navarch.client.CountingMetrics;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Resource;
import dev.navarch.http.Exchange;
import dev.navarch.http.Handler;
import io.fabric8.kubernetes.api.model.APIService;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// APIs of other servers behind this one: requests for them are passed on, with the caller's name
/// in headers that those servers believe because of this server's certificate.
public final class Aggregation implements AutoCloseable {
  private static final String OPEN_API = "/openapi/v3";
  private final Remotes remotes;
  private final ServiceEndpoints services;
  private final Availability availability;
  private final ControllerRuntime runtime;

  /// @param kinds what this server itself serves
  /// @param identity by which this server is known to the others
  public Aggregation(
      Kinds kinds,
      Cluster cluster,
      Informers informers,
      ServiceEndpoints services,
      Supplier<Identity> identity,
      InstantSource clock) {
    this.remotes = new Remotes(identity);
    this.services = services;
    this.availability = new Availability(cluster, remotes, services, clock);
    informers.onChange(Resource.of(APIService.class), remotes::changed);
    Registrations registrations = new Registrations(kinds, cluster, informers);
    this.runtime =
        new ControllerRuntime(
            informers,
            List.of(
                Controller.of(APIService.class, availability).workers(4),
                Controller.ofKeys(
                    "apiservice-registration",
                    registrations::reconcile,
                    (on, wake) -> wake.accept(new Key("", "local")))),
            clock,
            new CountingMetrics());
  }

  /// Starts the informers too.
  public void start() {
    runtime.start();
  }

  /// What discovery shows of other servers.
  public List<RemoteVersion> versions() {
    return availability.described();
  }

  /// What answers a path that another server serves; its OpenAPI document too.
  public Optional<Handler> handler(String path) {
    String served = path.startsWith(OPEN_API) ? path.substring(OPEN_API.length()) : path;
    return remotes.serving(served).map(remote -> exchange -> pass(exchange, remote, path));
  }

  private void pass(Exchange exchange, Remote remote, String path) {
    if (!(remote.resolve(services) instanceof Resolution.Found(InetSocketAddress address))
        || address.isUnresolved()) {
      unavailable(exchange, "service unavailable");
      return;
    }
    try {
      new Forward(
              exchange,
              remote.at(address),
              Forward.target(exchange, path),
              FrontProxy.headers(Caller.current()))
          .pass();
    } catch (ApiException e) {
      if (exchange.status() != 0 || !(e.error() instanceof ApiError.Internal)) {
        throw e;
      }
      unavailable(exchange, "error trying to reach service: " + e.error().message());
    }
  }

  private static void unavailable(Exchange exchange, String why) {
    exchange.respond(503, "text/plain; charset=utf-8", (why + "\n").getBytes(UTF_8));
  }

  @Override
  public void close() {
    runtime.close();
  }
}
