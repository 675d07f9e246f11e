package dev.navarch.node.server;

import dev.navarch.client.Cluster;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.http.Exchange;
import dev.navarch.http.RequestException;
import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import javax.naming.InvalidNameException;
import javax.naming.ldap.LdapName;
import javax.naming.ldap.Rdn;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Who may ask a node for what. A caller shows a certificate of the cluster's authority or a bearer
/// token that the API server knows; rights on `nodes/proxy`, `nodes/stats`, `nodes/metrics`…
/// decide, also by asking the API server. Administrators, the API server among them, need no
/// asking: it has looked at its own caller's rights already.
final class KubeletAccess {
  private static final Resource<GenericKubernetesResource> TOKEN_REVIEWS =
      Resource.generic("authentication.k8s.io", "v1", "TokenReview", "tokenreviews", false);
  private static final Resource<GenericKubernetesResource> ACCESS_REVIEWS =
      Resource.generic(
          "authorization.k8s.io", "v1", "SubjectAccessReview", "subjectaccessreviews", false);
  private static final String ADMINISTRATORS = "system:masters";
  private static final int KEEP_AT_MOST = 1000;

  private final Cluster cluster;
  private final String nodeName;
  private final InstantSource clock;
  private final boolean takesTokens;
  private final Duration keepToken;
  private final Duration keepYes;
  private final Duration keepNo;
  private final Map<String, Known<Optional<Caller>>> tokens = new ConcurrentHashMap<>();
  private final Map<Question, Known<Boolean>> answers = new ConcurrentHashMap<>();

  KubeletAccess(Cluster cluster, String nodeName, KubeletSettings settings, InstantSource clock) {
    this.cluster = cluster;
    this.nodeName = nodeName;
    this.clock = clock;
    this.takesTokens = settings.flag("authentication.webhook.enabled");
    this.keepToken = settings.duration("authentication.webhook.cacheTTL");
    this.keepYes = settings.duration("authorization.webhook.cacheAuthorizedTTL");
    this.keepNo = settings.duration("authorization.webhook.cacheUnauthorizedTTL");
  }

  record Caller(String name, String uid, List<String> groups, Map<String, List<String>> extra) {}

  private record Question(Caller caller, String verb, String subresource) {}

  private record Known<T>(T value, Instant until) {}

  /// @throws RequestException 401 for nobody known, 403 for somebody without the right
  void require(Exchange exchange) {
    Caller caller = caller(exchange).orElseThrow(() -> new RequestException(401, "Unauthorized"));
    if (caller.groups().contains(ADMINISTRATORS)) {
      return;
    }
    String verb = verb(exchange);
    List<String> subresources = subresources(exchange.path());
    for (String subresource : subresources) {
      if (isAllowed(new Question(caller, verb, subresource))) {
        return;
      }
    }
    throw new RequestException(
        403,
        "Forbidden (user=%s, verb=%s, resource=nodes, subresource(s)=[%s])"
            .formatted(caller.name(), verb, String.join(" ", subresources)));
  }

  /// A WebSocket begins with a GET, yet what it does in a pod is no reading.
  static String verb(Exchange exchange) {
    return switch (exchange.method()) {
      case "GET", "HEAD" -> exchange.header("Upgrade").isPresent() ? "create" : "get";
      case "POST" -> "create";
      case "PUT" -> "update";
      case "PATCH" -> "patch";
      case "DELETE" -> "delete";
      case String other -> other.toLowerCase(Locale.ROOT);
    };
  }

  /// Any one of these subresources of the node lets a caller in.
  static List<String> subresources(String path) {
    return switch (path.replaceFirst("^/+", "").split("/")[0]) {
      case "stats" -> List.of("stats");
      case "metrics" -> List.of("metrics");
      case "logs" -> List.of("log");
      case "healthz" -> List.of("healthz", "proxy");
      case "configz" -> List.of("configz", "proxy");
      case "pods", "runningpods" -> List.of("pods", "proxy");
      default -> List.of("proxy");
    };
  }

  private Optional<Caller> caller(Exchange exchange) {
    List<X509Certificate> chain = exchange.clientCertificates();
    if (!chain.isEmpty()) {
      return Optional.of(named(chain.getFirst()));
    }
    return exchange
        .header("Authorization")
        .filter(_ -> takesTokens)
        .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7))
        .map(value -> value.substring(7).strip())
        .filter(token -> !token.isEmpty())
        .flatMap(token -> known(tokens, digest(token), () -> review(token), _ -> keepToken));
  }

  private Optional<Caller> review(String token) {
    ObjectNode asked = review("authentication.k8s.io/v1", "TokenReview");
    asked.putObject("spec").put("token", token);
    JsonNode status = answer(TOKEN_REVIEWS, asked);
    if (!status.path("authenticated").asBoolean(false)) {
      return Optional.empty();
    }
    JsonNode user = status.path("user");
    Map<String, List<String>> extra = new TreeMap<>();
    user.path("extra").properties().forEach(e -> extra.put(e.getKey(), texts(e.getValue())));
    return Optional.of(
        new Caller(
            user.path("username").asString(""),
            user.path("uid").asString(""),
            texts(user.path("groups")),
            extra));
  }

  private boolean isAllowed(Question question) {
    return known(answers, question, () -> ask(question), yes -> yes ? keepYes : keepNo);
  }

  private boolean ask(Question question) {
    Caller caller = question.caller();
    ObjectNode asked = review("authorization.k8s.io/v1", "SubjectAccessReview");
    ObjectNode spec = asked.putObject("spec").put("user", caller.name());
    if (!caller.uid().isEmpty()) {
      spec.put("uid", caller.uid());
    }
    caller.groups().forEach(spec.putArray("groups")::add);
    ObjectNode extra = spec.putObject("extra");
    caller.extra().forEach((name, values) -> values.forEach(extra.putArray(name)::add));
    spec.putObject("resourceAttributes")
        .put("verb", question.verb())
        .put("version", "v1")
        .put("resource", "nodes")
        .put("subresource", question.subresource())
        .put("name", nodeName);
    return answer(ACCESS_REVIEWS, asked).path("allowed").asBoolean(false);
  }

  private static ObjectNode review(String apiVersion, String kind) {
    ObjectNode review = JsonNodeFactory.instance.objectNode();
    review.put("apiVersion", apiVersion).put("kind", kind).putObject("metadata");
    return review;
  }

  private JsonNode answer(Resource<GenericKubernetesResource> reviews, ObjectNode asked) {
    var review = Objects.convert(asked, GenericKubernetesResource.class);
    return Objects.tree(cluster.create(reviews, review)).path("status");
  }

  private static List<String> texts(JsonNode list) {
    return list.valueStream().map(JsonNode::asString).toList();
  }

  private <K, V> V known(
      Map<K, Known<V>> cache,
      K key,
      Supplier<V> find,
      java.util.function.Function<V, Duration> keep) {
    Instant now = clock.instant();
    Known<V> known = cache.get(key);
    if (known != null && now.isBefore(known.until())) {
      return known.value();
    }
    V found = find.get();
    if (cache.size() >= KEEP_AT_MOST) {
      cache.clear();
    }
    cache.put(key, new Known<>(found, now.plus(keep.apply(found))));
    return found;
  }

  private static String digest(String token) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Caller named(X509Certificate certificate) {
    String user = "";
    List<String> groups = new ArrayList<>();
    try {
      var name = new LdapName(certificate.getSubjectX500Principal().getName());
      for (Rdn part : name.getRdns()) {
        switch (part.getType().toUpperCase(Locale.ROOT)) {
          case "CN" -> user = String.valueOf(part.getValue());
          case "O" -> groups.add(String.valueOf(part.getValue()));
          default -> {}
        }
      }
    } catch (InvalidNameException e) {
      throw new RequestException(401, "Unauthorized");
    }
    groups.add("system:authenticated");
    return new Caller(user, "", List.copyOf(groups), Map.of());
  }
}
