package dev.navarch.apiserver.auth;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.client.Cluster;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The subresource `serviceaccounts/token`: issues a token to whoever may create one, for a time,
/// for audiences, and bound to a living pod, node or secret if so asked.
public final class TokenRequests {
  private static final long DEFAULT_SECONDS = 3600;
  private static final long LEAST_SECONDS = 600;
  private static final long MOST_SECONDS = 1L << 32;
  private final Cluster cluster;
  private final Living living;
  private final TokenIssuer issuer;

  public TokenRequests(Cluster cluster, TokenIssuer issuer) {
    this.cluster = cluster;
    this.living = new LivingInCluster(cluster);
    this.issuer = issuer;
  }

  /// Answers a TokenRequest with its status filled in.
  public ObjectNode issue(String namespace, String name, ObjectNode request) {
    ServiceAccount account =
        cluster
            .find(ServiceAccount.class, namespace, name)
            .orElseThrow(() -> notFound("serviceaccounts", name));
    JsonNode spec = request.path("spec");
    long seconds = spec.path("expirationSeconds").asLong(DEFAULT_SECONDS);
    checkSeconds(seconds);
    List<String> audiences = new ArrayList<>();
    spec.path("audiences").forEach(each -> audiences.add(each.asString("")));
    if (audiences.isEmpty()) {
      audiences.add(issuer.issuer());
    }
    JsonNode reference = spec.path("boundObjectRef");
    TokenIssuer.@Nullable Bound bound =
        reference.isObject() ? bound(namespace, name, reference) : null;
    TokenIssuer.Issued issued =
        issuer.issue(
            new TokenIssuer.Request(
                namespace,
                name,
                account.getMetadata().getUid(),
                audiences,
                Duration.ofSeconds(seconds),
                bound,
                nodeOf(namespace, bound)));
    return answer(request, namespace, name, audiences, seconds, issued);
  }

  private static ObjectNode answer(
      ObjectNode request,
      String namespace,
      String name,
      List<String> audiences,
      long seconds,
      TokenIssuer.Issued issued) {
    ObjectNode answer = request.deepCopy();
    answer.put("kind", "TokenRequest").put("apiVersion", "authentication.k8s.io/v1");
    ObjectNode metadata = answer.putObject("metadata");
    metadata.put("name", name).put("namespace", namespace);
    metadata.put("creationTimestamp", text(issued.expires().minusSeconds(seconds)));
    ObjectNode spec =
        answer.get("spec") instanceof ObjectNode there ? there : answer.putObject("spec");
    audiences.forEach(spec.putArray("audiences")::add);
    spec.put("expirationSeconds", seconds);
    answer
        .putObject("status")
        .put("token", issued.token())
        .put("expirationTimestamp", text(issued.expires()));
    return answer;
  }

  private static String text(Instant time) {
    return Instant.ofEpochSecond(time.getEpochSecond()).toString();
  }

  private static void checkSeconds(long seconds) {
    String problem =
        seconds < LEAST_SECONDS
            ? "may not specify a duration less than 10 minutes"
            : seconds > MOST_SECONDS ? "may not specify a duration larger than 2^32 seconds" : "";
    if (!problem.isEmpty()) {
      throw new ApiException(
          new ApiError.Invalid(
              "authentication.k8s.io",
              "TokenRequest",
              "",
              List.of(
                  FieldError.invalid("spec.expirationSeconds", Long.toString(seconds), problem))));
    }
  }

  private TokenIssuer.Bound bound(String namespace, String account, JsonNode reference) {
    String kindName = reference.path("kind").asString("");
    Living.Kind kind =
        Living.Kind.named(kindName)
            .filter(each -> each != Living.Kind.SERVICE_ACCOUNT)
            .orElseThrow(
                () ->
                    ApiException.badRequest(
                        "cannot bind token for serviceaccount \"%s\" to object of kind \"%s\": expected Pod, Node or Secret"
                            .formatted(account, kindName)));
    String name = reference.path("name").asString("");
    String plural = kind.claim() + "s";
    String uid = living.uid(kind, namespace, name).orElseThrow(() -> notFound(plural, name));
    String wanted = reference.path("uid").asString("");
    if (!wanted.isEmpty() && !wanted.equals(uid)) {
      throw new ApiException(
          new ApiError.Conflict(
              new ApiError.Resource("", plural),
              name,
              "the UID in the bound object reference (%s) does not match the UID in record. The object might have been deleted and then recreated"
                  .formatted(wanted)));
    }
    if (kind == Living.Kind.POD) {
      checkAccount(namespace, account, name);
    }
    return new TokenIssuer.Bound(kind, name, uid);
  }

  private void checkAccount(String namespace, String account, String podName) {
    String used =
        cluster
            .find(Pod.class, namespace, podName)
            .map(pod -> pod.getSpec().getServiceAccountName())
            .orElse("");
    if (!account.equals(used)) {
      throw ApiException.badRequest(
          "cannot bind token for serviceaccount \"%s\" to pod running with different serviceaccount name."
              .formatted(account));
    }
  }

  private TokenIssuer.@Nullable Bound nodeOf(String namespace, TokenIssuer.@Nullable Bound bound) {
    if (bound == null || bound.kind() != Living.Kind.POD) {
      return null;
    }
    Optional<String> node =
        cluster
            .find(Pod.class, namespace, bound.name())
            .flatMap(pod -> Optional.ofNullable(pod.getSpec().getNodeName()))
            .filter(name -> !name.isEmpty());
    return node.flatMap(
            name ->
                living
                    .uid(Living.Kind.NODE, "", name)
                    .map(uid -> new TokenIssuer.Bound(Living.Kind.NODE, name, uid)))
        .orElse(null);
  }

  private static ApiException notFound(String plural, String name) {
    return new ApiException(new ApiError.NotFound(new ApiError.Resource("", plural), name));
  }
}
