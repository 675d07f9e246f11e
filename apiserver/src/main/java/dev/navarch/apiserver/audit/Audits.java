package dev.navarch.apiserver.audit;

import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Json;
import dev.navarch.api.Protobuf;
import dev.navarch.api.Yaml;
import dev.navarch.apiserver.RequestInfo;
import dev.navarch.apiserver.audit.AuditPolicy.Decision;
import dev.navarch.apiserver.audit.AuditPolicy.Level;
import dev.navarch.apiserver.auth.User;
import dev.navarch.http.Exchange;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Tells of requests as the policy wants. Without a policy nothing is told, and requests cost
/// nothing more.
public final class Audits implements AutoCloseable {
  private final @Nullable AuditPolicy policy;
  private final @Nullable AuditLog log;
  private final BuiltInKinds types;
  private final Protobuf protobuf;
  private final InstantSource clock;

  private Audits(
      @Nullable AuditPolicy policy,
      @Nullable AuditLog log,
      BuiltInKinds types,
      InstantSource clock) {
    this.policy = policy;
    this.log = log;
    this.types = types;
    this.protobuf = new Protobuf(types);
    this.clock = clock;
  }

  public static Audits open(
      Optional<AuditFile> file, Optional<Path> policy, BuiltInKinds types, InstantSource clock) {
    return file.isPresent() && policy.isPresent()
        ? new Audits(AuditPolicy.read(policy.get()), AuditLog.open(file.get(), clock), types, clock)
        : new Audits(null, null, types, clock);
  }

  /// What is done while a request is told of.
  ///
  /// @param onError answers with what went wrong
  public record Telling(
      Exchange exchange,
      RequestInfo request,
      String id,
      BiConsumer<Exchange, RuntimeException> onError) {}

  /// Does the work with an exchange that notes what is answered, failures too. The work is handed
  /// who else the request turns out to be made for.
  public void run(Telling telling, User user, BiConsumer<Exchange, Consumer<User>> work) {
    Exchange exchange = telling.exchange();
    AuditPolicy all = policy;
    AuditLog to = log;
    Decision decision =
        all == null ? Decision.NOTHING : all.decide(telling.request().attributes(user, ""));
    if (to == null || decision.level() == Level.NONE) {
      work.accept(exchange, _ -> {});
      return;
    }
    Audit audit =
        new Audit(
            decision,
            exchange,
            telling.id(),
            telling.request().verb(),
            telling.request().resource(),
            user,
            telling.request().isLong(),
            this::read,
            clock,
            to::write);
    audit.received();
    AuditedExchange audited = new AuditedExchange(exchange, audit, telling.request().isLong());
    audit.during(
        () -> {
          try {
            work.accept(audited, audit::impersonates);
          } catch (Exchange.ClosedException gone) {
            throw gone;
          } catch (RuntimeException failure) {
            if (audited.status() != 0) {
              throw failure;
            }
            telling.onError().accept(audited, failure);
          } finally {
            audited.ended();
          }
        });
  }

  /// A body as a document; empty when it is none.
  private Optional<JsonNode> read(Optional<String> contentType, byte[] body) {
    if (body.length == 0) {
      return Optional.empty();
    }
    try {
      if (Protobuf.isEnvelope(body)) {
        Protobuf.Envelope envelope = Protobuf.open(body);
        return types
            .byKind(envelope.apiVersion(), envelope.kind())
            .<JsonNode>map(kind -> protobuf.decode(envelope, kind.schema()));
      }
      return Optional.of(
          contentType.orElse("").contains("yaml") ? Yaml.parse(body) : Json.parseAny(body));
    } catch (ApiException noDocument) {
      return Optional.empty();
    }
  }

  @Override
  public void close() {
    if (log != null) {
      log.close();
    }
  }
}
