package dev.navarch.apiserver;

import dev.navarch.api.ApiException;
import dev.navarch.api.GoDuration;
import dev.navarch.apiserver.admission.Warnings;
import dev.navarch.apiserver.audit.Audit;
import dev.navarch.apiserver.audit.Audits;
import dev.navarch.apiserver.auth.Authenticator;
import dev.navarch.apiserver.auth.Authorizer;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.apiserver.auth.Deadline;
import dev.navarch.apiserver.auth.Impersonation;
import dev.navarch.apiserver.auth.Refusal;
import dev.navarch.apiserver.auth.User;
import dev.navarch.apiserver.flows.Flow;
import dev.navarch.apiserver.flows.Flows;
import dev.navarch.apiserver.metrics.RequestMetrics;
import dev.navarch.http.Exchange;
import dev.navarch.http.Handler;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// The way of every request: find out who calls and as whom, ask whether they may, and only then
/// pass it on. Every failure on the way is answered and counted here. Of a connection that carries
/// many requests at once, nobody known gets only one.
final class ApiHandler implements Handler {
  private static final String ONLY_NAME = "metadata.name=";

  /// As upstream's: what is to take longer says so (`isLong`).
  private static final Duration LONGEST = Duration.ofSeconds(60);

  /// Who could not show who they are.
  private static final User NOBODY = new User("", "", List.of(), Map.of());

  private final Authenticator authenticator;
  private final Impersonation impersonation;
  private final Authorizer authorizer;
  private final Routes routes;
  private final Failures failures;
  private final InFlight inFlight;
  private final RequestMetrics metrics;
  private final Flows flows;
  private final Audits audits;
  private final RandomGenerator random;

  /// @param random for the numbers of requests, which are no secrets
  ApiHandler(
      Authenticator authenticator,
      Authorizer authorizer,
      Routes routes,
      Failures failures,
      InFlight inFlight,
      RequestMetrics metrics,
      Flows flows,
      Audits audits,
      RandomGenerator random) {
    this.authenticator = authenticator;
    this.impersonation = new Impersonation(authorizer);
    this.authorizer = authorizer;
    this.routes = routes;
    this.failures = failures;
    this.inFlight = inFlight;
    this.metrics = metrics;
    this.flows = flows;
    this.audits = audits;
    this.random = random;
  }

  @Override
  public void handle(Exchange exchange) {
    long start = System.nanoTime();
    String id = auditId(exchange);
    exchange.addHeader("Audit-Id", id);
    exchange.addHeader("Cache-Control", "no-cache, private");
    exchange.addHeader("X-Content-Type-Options", "nosniff");
    RequestInfo request = RequestInfo.of(exchange);
    Runnable end = metrics.begin(request);
    try {
      answer(exchange, request, id);
    } catch (StackOverflowError tooDeep) {
      failures.handle(
          exchange, ApiException.badRequest("the request is nested too deeply for this server"));
    } catch (Exchange.ClosedException gone) {
      throw gone;
    } catch (RuntimeException failure) {
      if (exchange.status() != 0) {
        throw failure;
      }
      failures.handle(exchange, failure);
    } finally {
      end.run();
      metrics.record(
          request,
          exchange.status(),
          exchange.query("dryRun").isPresent(),
          Duration.ofNanos(System.nanoTime() - start));
    }
  }

  private String auditId(Exchange exchange) {
    return exchange
        .header("Audit-ID")
        .filter(id -> id.matches("[0-9A-Za-z-]{1,64}"))
        .orElseGet(() -> new UUID(random.nextLong(), random.nextLong()).toString());
  }

  private void answer(Exchange exchange, RequestInfo request, String id) {
    if (request.isLong()) {
      identified(exchange, request, id);
    } else {
      Deadline.within(timeout(exchange), () -> identified(exchange, request, id));
    }
  }

  private void identified(Exchange exchange, RequestInfo request, String id) {
    Audits.Telling telling = new Audits.Telling(exchange, request, id, failures::handle);
    User caller;
    try {
      caller = authenticator.authenticate(exchange);
    } catch (ApiException refused) {
      audits.run(
          telling,
          NOBODY,
          (_, _) -> {
            throw refused;
          });
      return;
    }
    if (caller.equals(User.ANONYMOUS) && exchange.isMultiplexed()) {
      exchange.addHeader("Connection", "close");
    }
    audits.run(
        telling,
        caller,
        (audited, impersonated) -> {
          User user = impersonation.apply(caller, audited);
          if (!user.equals(caller)) {
            impersonated.accept(user);
          }
          permitted(audited, request, user);
        });
  }

  /// For how long the client waits, a minute at most.
  private static Duration timeout(Exchange exchange) {
    String text = exchange.query("timeout").orElse("");
    if (text.isEmpty()) {
      return LONGEST;
    }
    try {
      Duration asked = GoDuration.parse(text);
      return asked.isPositive() && asked.compareTo(LONGEST) < 0 ? asked : LONGEST;
    } catch (ApiException wrong) {
      throw ApiException.badRequest(
          "invalid timeout specified in the request URL - " + wrong.getMessage());
    }
  }

  private void permitted(Exchange exchange, RequestInfo request, User user) {
    Authorizer.Attributes asked = request.attributes(user, onlyName(exchange));
    Optional<Flow> flow = flows.of(asked);
    if (flow.isPresent()) {
      exchange.addHeader("X-Kubernetes-PF-FlowSchema-UID", flow.get().schemaUid());
      exchange.addHeader("X-Kubernetes-PF-PriorityLevel-UID", flow.get().levelUid());
    }
    demand(asked);
    if (request.isLong() && !holdsSeat(exchange, request)) {
      pass(exchange, request, user);
      return;
    }
    Runnable work =
        request.isLong()
            ? () -> pass(exchange, request, user)
            : () -> inFlight.run(request.verb(), () -> pass(exchange, request, user));
    if (flow.isPresent()) {
      flow.get().run(asked, exchange, work);
    } else {
      work.run();
    }
  }

  /// A watch has a seat until it has told what is there and sleeps, where it does that itself: one
  /// over WebSocket, or of another server, has a thread for as long as it lasts.
  private boolean holdsSeat(Exchange exchange, RequestInfo request) {
    return request.verb().equals("watch")
        && exchange.header("Upgrade").isEmpty()
        && !routes.isElsewhere(request);
  }

  private void pass(Exchange exchange, RequestInfo request, User user) {
    Warnings warnings = Warnings.to(text -> exchange.addHeader("Warning", Warnings.header(text)));
    ScopedValue.where(Caller.USER, user)
        .where(Caller.DEMANDS, verb -> demand(request.as(verb).attributes(user, "")))
        .run(() -> warnings.during(() -> routes.route(exchange, request)));
  }

  private void demand(Authorizer.Attributes asked) {
    Authorizer.Decision decision = authorizer.decide(asked);
    Audit.annotate("authorization.k8s.io/decision", decision.allowed() ? "allow" : "forbid");
    Audit.annotate("authorization.k8s.io/reason", decision.explanation());
    if (!decision.allowed()) {
      throw Refusal.of(asked, decision.reason());
    }
  }

  /// The one name that a list or watch is narrowed to: rights that name objects hold for it, too.
  private static String onlyName(Exchange exchange) {
    Optional<String> selector = exchange.query("fieldSelector");
    return selector
        .filter(text -> text.startsWith(ONLY_NAME) && text.indexOf(',') < 0)
        .map(text -> text.substring(ONLY_NAME.length()))
        .orElse("");
  }
}
