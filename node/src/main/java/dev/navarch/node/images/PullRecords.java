package dev.navarch.node.images;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.node.settings.KubeletSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Who may use an image that is here already: it was pulled with somebody's credentials, and
/// whoever cannot show them has to pull it again. In upstream's files: `pulling` for what is under
/// way, `pulled` for what came.
final class PullRecords {
  private static final String VERSION = "kubelet.config.k8s.io/v1beta1";

  private final Path pulling;
  private final Path pulled;
  private final Policy policy;
  private final List<String> allowed;

  enum Policy {
    NEVER,
    NOT_PRELOADED,
    NOT_ALLOWLISTED,
    ALWAYS
  }

  /// @param folder `image_manager` in the agent's folder
  PullRecords(Path folder, KubeletSettings settings) {
    this.pulling = folder.resolve("pulling");
    this.pulled = folder.resolve("pulled");
    this.policy =
        switch (settings.text("imagePullCredentialsVerificationPolicy")) {
          case "NeverVerify" -> Policy.NEVER;
          case "NeverVerifyAllowlistedImages" -> Policy.NOT_ALLOWLISTED;
          case "AlwaysVerify" -> Policy.ALWAYS;
          default -> Policy.NOT_PRELOADED;
        };
    this.allowed = settings.list("preloadedImagesVerificationAllowlist");
  }

  /// Whether a pod may use an image that is here.
  ///
  /// @param reference the image as the runtime knows it
  /// @param credentials what the pod can show
  boolean admits(ImageName image, String reference, Collection<Credential> credentials) {
    if (policy == Policy.NEVER) {
      return true;
    }
    Optional<ObjectNode> record = read(pulled, reference);
    if (record.isEmpty() && read(pulling, image.text()).isEmpty()) {
      return switch (policy) {
        case NEVER, NOT_PRELOADED -> true;
        case NOT_ALLOWLISTED -> isAllowed(bare(image));
        case ALWAYS -> false;
      };
    }
    JsonNode known =
        record
            .map(found -> found.path("credentialMapping").path(bare(image)))
            .orElseGet(Json::object);
    return known.path("nodePodsAccessible").asBoolean(false)
        || credentials.stream()
            .flatMap(credential -> credential.secret().stream())
            .anyMatch(secret -> knows(known.path("kubernetesSecrets"), secret));
  }

  private static boolean knows(JsonNode secrets, Credential.Secret shown) {
    return secrets
        .valueStream()
        .anyMatch(
            known ->
                known.path("credentialHash").asString("").equals(shown.hash())
                    || (known.path("uid").asString("").equals(shown.uid())
                        && known.path("namespace").asString("").equals(shown.namespace())
                        && known.path("name").asString("").equals(shown.name())));
  }

  private boolean isAllowed(String name) {
    return allowed.stream()
        .anyMatch(
            pattern ->
                pattern.endsWith("/*")
                    ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                    : name.equals(pattern));
  }

  /// A pull is about to begin: what it leaves behind was not preloaded, even if the agent ends.
  void begin(ImageName image) {
    ObjectNode intent = head("ImagePullIntent");
    intent.put("image", image.text());
    write(pulling, image.text(), intent);
  }

  /// A pull has succeeded.
  void end(ImageName image, String reference, Credential used, Instant now) {
    ObjectNode record = read(pulled, reference).orElseGet(() -> head("ImagePulledRecord"));
    record.put("lastUpdatedTime", now.truncatedTo(ChronoUnit.SECONDS).toString());
    record.put("imageRef", reference);
    ObjectNode mapping = record.withObjectProperty("credentialMapping");
    ObjectNode credentials = mapping.withObjectProperty(bare(image));
    if (used.secret().isEmpty()) {
      credentials.removeAll();
      credentials.put("nodePodsAccessible", true);
    } else if (!credentials.path("nodePodsAccessible").asBoolean(false)) {
      Credential.Secret secret = used.secret().get();
      var list = credentials.withArrayProperty("kubernetesSecrets");
      if (!knows(list, secret)) {
        list.addObject()
            .put("uid", secret.uid())
            .put("namespace", secret.namespace())
            .put("name", secret.name())
            .put("credentialHash", secret.hash());
      }
    }
    write(pulled, reference, record);
    forget(image);
  }

  /// A pull has come to nothing.
  void forget(ImageName image) {
    try {
      Files.deleteIfExists(file(pulling, image.text()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Without tag and digest.
  private static String bare(ImageName image) {
    String text = image.text().replaceFirst("@.*$", "");
    int colon = text.lastIndexOf(':');
    return colon > text.lastIndexOf('/') ? text.substring(0, colon) : text;
  }

  private static ObjectNode head(String kind) {
    return Json.object().put("kind", kind).put("apiVersion", VERSION);
  }

  private static Path file(Path folder, String key) {
    return folder.resolve("sha256-" + Credential.sha256(key));
  }

  private static Optional<ObjectNode> read(Path folder, String key) {
    Path file = file(folder, key);
    try {
      return Files.exists(file)
          ? Optional.of(Json.parse(Files.readAllBytes(file)))
          : Optional.empty();
    } catch (ApiException damaged) {
      return Optional.of(Json.object());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void write(Path folder, String key, ObjectNode document) {
    Path file = file(folder, key);
    try {
      Files.createDirectories(folder);
      Path fresh = file.resolveSibling(file.getFileName() + ".tmp");
      Files.write(fresh, Json.bytes(document));
      Files.move(fresh, file, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
