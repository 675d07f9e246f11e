package dev.navarch.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// A token by which a machine joins a cluster, `ID.SECRET`: the server keeps it as a Secret of
/// kube-system, in upstream's form, so that kubeadm's tokens are ours and ours are kubeadm's.
///
/// @param expiration empty for a token without end
/// @param authenticates whether it may be used as a bearer token
/// @param signs whether the public `cluster-info` is signed with it
/// @param groups beside `system:bootstrappers`, those of its user
public record BootstrapToken(
    String id,
    String secret,
    Optional<Instant> expiration,
    boolean authenticates,
    boolean signs,
    List<String> groups) {

  public static final String NAMESPACE = "kube-system";
  public static final String TYPE = "bootstrap.kubernetes.io/token";

  /// Where anybody reads who the cluster is, signed with each token.
  public static final Key CLUSTER_INFO = new Key("kube-public", "cluster-info");

  /// The group whose members join as nodes without anybody's approval.
  public static final String JOINING = "system:bootstrappers:kubeadm:default-node-token";

  private static final String NAME_PREFIX = "bootstrap-token-";
  private static final Pattern FORM = Pattern.compile("([a-z0-9]{6})\\.([a-z0-9]{16})");
  private static final Pattern GROUP =
      Pattern.compile("system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]");
  private static final String CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789";
  private static final Base64.Encoder URL = Base64.getUrlEncoder().withoutPadding();

  /// A fresh one, to join nodes with.
  public static BootstrapToken create(Optional<Instant> expiration) {
    var random = new SecureRandom();
    return new BootstrapToken(
        characters(random, 6), characters(random, 16), expiration, true, true, List.of(JOINING));
  }

  /// What somebody typed: a token of which nothing but its text is known.
  public static Optional<BootstrapToken> parse(String text) {
    Matcher found = FORM.matcher(text);
    return found.matches()
        ? Optional.of(
            new BootstrapToken(
                found.group(1), found.group(2), Optional.empty(), true, true, List.of()))
        : Optional.empty();
  }

  /// What a Secret says; empty when it is no token, or one that is broken or on its way out.
  public static Optional<BootstrapToken> of(Secret secret) {
    String id = text(secret, "token-id");
    String expiration = text(secret, "expiration");
    String groups = text(secret, "auth-extra-groups");
    boolean good =
        TYPE.equals(secret.getType())
            && secret.getMetadata().getDeletionTimestamp() == null
            && secret.getMetadata().getName().equals(NAME_PREFIX + id)
            && FORM.matcher(id + "." + text(secret, "token-secret")).matches();
    List<String> extra =
        groups.isEmpty() ? List.of() : Arrays.stream(groups.split(",", -1)).toList();
    if (!good || !extra.stream().allMatch(group -> GROUP.matcher(group).matches())) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          new BootstrapToken(
              id,
              text(secret, "token-secret"),
              expiration.isEmpty() ? Optional.empty() : Optional.of(Instant.parse(expiration)),
              text(secret, "usage-bootstrap-authentication").equals("true"),
              text(secret, "usage-bootstrap-signing").equals("true"),
              extra));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /// The name of the Secret that keeps the token with an id.
  public static Key secretOf(String id) {
    return new Key(NAMESPACE, NAME_PREFIX + id);
  }

  public Secret toSecret() {
    Map<String, String> data = new LinkedHashMap<>();
    data.put("token-id", id);
    data.put("token-secret", secret);
    expiration.ifPresent(end -> data.put("expiration", end.toString()));
    data.put("usage-bootstrap-authentication", Boolean.toString(authenticates));
    data.put("usage-bootstrap-signing", Boolean.toString(signs));
    data.put("auth-extra-groups", String.join(",", groups));
    data.replaceAll((key, value) -> Base64.getEncoder().encodeToString(value.getBytes(UTF_8)));
    return new SecretBuilder()
        .withNewMetadata()
        .withNamespace(NAMESPACE)
        .withName(NAME_PREFIX + id)
        .endMetadata()
        .withType(TYPE)
        .withData(data)
        .build();
  }

  /// The token as it is handed around.
  public String text() {
    return id + "." + secret;
  }

  public boolean isOver(Instant now) {
    return expiration.filter(end -> !end.isAfter(now)).isPresent();
  }

  /// A JSON Web Signature over a text that is kept elsewhere.
  public String signature(String content) {
    String header =
        URL.encodeToString("{\"alg\":\"HS256\",\"kid\":\"%s\"}".formatted(id).getBytes(UTF_8));
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret.getBytes(UTF_8), "HmacSHA256"));
      mac.update((header + "." + URL.encodeToString(content.getBytes(UTF_8))).getBytes(UTF_8));
      return header + ".." + URL.encodeToString(mac.doFinal());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Never shows the secret.
  @Override
  public String toString() {
    return "token " + id;
  }

  private static String characters(SecureRandom random, int count) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      text.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
    }
    return text.toString();
  }

  private static String text(Secret secret, String key) {
    String value = secret.getData() == null ? null : secret.getData().get(key);
    return value == null ? "" : new String(Base64.getDecoder().decode(value), UTF_8);
  }
}
