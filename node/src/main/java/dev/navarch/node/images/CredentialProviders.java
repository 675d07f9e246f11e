package dev.navarch.node.images;

import dev.navarch.api.ApiException;
import dev.navarch.api.GoDuration;
import dev.navarch.api.Json;
import dev.navarch.api.Yaml;
import dev.navarch.node.cri.v1.AuthConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Programs of the node that know the credentials of registries (`CredentialProviderConfig`): each
/// is asked for the images that it is there for, and its answer kept for as long as it says. Any
/// thread may ask.
public final class CredentialProviders {
  private static final Logger LOG = LoggerFactory.getLogger(CredentialProviders.class);
  private static final String API = "credentialprovider.kubelet.k8s.io/v1";
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final Set<String> CONFIG_VERSIONS =
      Set.of(
          "kubelet.config.k8s.io/v1",
          "kubelet.config.k8s.io/v1beta1",
          "kubelet.config.k8s.io/v1alpha1");
  private static final Set<String> FIELDS =
      Set.of("name", "matchImages", "defaultCacheDuration", "apiVersion", "args", "env");

  private final List<Provider> providers;
  private final InstantSource clock;
  private final Map<String, Known> known = new ConcurrentHashMap<>();

  private record Provider(
      String name,
      Path program,
      List<ImagePattern> images,
      Duration keep,
      List<String> arguments,
      Map<String, String> environment) {}

  private record Known(Map<String, AuthConfig> auth, Instant until) {}

  private CredentialProviders(List<Provider> providers, InstantSource clock) {
    this.providers = List.copyOf(providers);
    this.clock = clock;
  }

  public static CredentialProviders none() {
    return new CredentialProviders(List.of(), InstantSource.system());
  }

  /// @param programs the folder of the programs
  /// @throws IllegalArgumentException that names what is wrong in the file
  public static CredentialProviders read(Path file, Path programs, InstantSource clock) {
    try {
      ObjectNode document = Yaml.parse(Files.readAllBytes(file));
      String kind = document.path("kind").asString("");
      String version = document.path("apiVersion").asString("");
      if (!kind.equals("CredentialProviderConfig") || !CONFIG_VERSIONS.contains(version)) {
        throw wrong(
            file,
            "kind",
            kind + " of " + version,
            "CredentialProviderConfig of " + CONFIG_VERSIONS);
      }
      List<Provider> providers = new ArrayList<>();
      for (JsonNode each : document.path("providers")) {
        providers.add(provider(file, programs, each));
      }
      if (providers.isEmpty()) {
        throw wrong(file, "providers", "none", "at least one");
      }
      return new CredentialProviders(providers, clock);
    } catch (ApiException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  private static Provider provider(Path file, Path programs, JsonNode stated) {
    String name = stated.path("name").asString("");
    String at = "providers[%s].".formatted(name);
    for (var field : stated.properties()) {
      if (!FIELDS.contains(field.getKey())) {
        throw wrong(file, at + field.getKey(), "it", "one of the supported fields " + FIELDS);
      }
    }
    Path program = programs.resolve(name).normalize();
    if (name.isEmpty() || name.contains("/") || !Files.isExecutable(program)) {
      throw wrong(file, at + "name", "\"" + name + "\"", "an executable file in " + programs);
    }
    if (!stated.path("apiVersion").asString("").equals(API)) {
      throw wrong(file, at + "apiVersion", stated.path("apiVersion").toString(), API);
    }
    List<ImagePattern> images =
        stated
            .path("matchImages")
            .valueStream()
            .map(JsonNode::asString)
            .map(ImagePattern::parse)
            .toList();
    if (images.isEmpty()) {
      throw wrong(file, at + "matchImages", "none", "at least one");
    }
    Map<String, String> environment = new TreeMap<>();
    stated
        .path("env")
        .forEach(e -> environment.put(e.path("name").asString(), e.path("value").asString("")));
    return new Provider(
        name,
        program,
        images,
        duration(file, at, stated.path("defaultCacheDuration")),
        stated.path("args").valueStream().map(JsonNode::asString).toList(),
        environment);
  }

  private static Duration duration(Path file, String at, JsonNode stated) {
    try {
      return GoDuration.parse(stated.asString(""));
    } catch (ApiException e) {
      throw wrong(file, at + "defaultCacheDuration", stated.toString(), "a duration as \"10m\"");
    }
  }

  private static IllegalArgumentException wrong(
      Path file, String field, String found, String expected) {
    return new IllegalArgumentException(
        "%s: %s: found %s, expected %s".formatted(file, field, found, expected));
  }

  /// What the programs know for an image, in the order of the file.
  List<AuthConfig> forImage(ImageName image) {
    List<AuthConfig> found = new ArrayList<>();
    String place = image.place();
    for (Provider provider : providers) {
      if (provider.images().stream().anyMatch(pattern -> pattern.matches(place))) {
        ask(provider, image, place)
            .forEach(
                (pattern, auth) -> {
                  if (ImagePattern.parse(pattern).matches(place)) {
                    found.add(auth);
                  }
                });
      }
    }
    return found;
  }

  private Map<String, AuthConfig> ask(Provider provider, ImageName image, String place) {
    String registry = place.substring(0, place.indexOf('/'));
    for (String key : List.of("image " + place, "registry " + registry, "global")) {
      Known answer = known.get(provider.name() + " " + key);
      if (answer != null && clock.instant().isBefore(answer.until())) {
        return answer.auth();
      }
    }
    try {
      ObjectNode answer = run(provider, image.text());
      Map<String, AuthConfig> auth = new TreeMap<>();
      answer
          .path("auth")
          .properties()
          .forEach(
              each ->
                  auth.put(
                      each.getKey(),
                      AuthConfig.newBuilder()
                          .setUsername(each.getValue().path("username").asString(""))
                          .setPassword(each.getValue().path("password").asString(""))
                          .build()));
      keep(provider, answer, place, registry, auth);
      return Map.copyOf(auth);
    } catch (IOException | ApiException | IllegalArgumentException e) {
      LOG.atWarn()
          .addKeyValue("provider", provider.name())
          .addKeyValue("reason", e.getMessage())
          .log("credential provider has no answer");
      return Map.of();
    }
  }

  private void keep(
      Provider provider,
      ObjectNode answer,
      String place,
      String registry,
      Map<String, AuthConfig> auth) {
    String stated = answer.path("cacheDuration").asString("");
    Duration time = stated.isEmpty() ? provider.keep() : GoDuration.parse(stated);
    String key =
        switch (answer.path("cacheKeyType").asString("")) {
          case "Image" -> "image " + place;
          case "Registry" -> "registry " + registry;
          case "Global" -> "global";
          case String other ->
              throw new IllegalArgumentException(
                  "cacheKeyType: found \"%s\", expected Image, Registry or Global"
                      .formatted(other));
        };
    if (time.isPositive()) {
      known.put(provider.name() + " " + key, new Known(auth, clock.instant().plus(time)));
    }
  }

  private static ObjectNode run(Provider provider, String image) throws IOException {
    List<String> command = new ArrayList<>(List.of(provider.program().toString()));
    command.addAll(provider.arguments());
    var builder = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(provider.environment());
    Process process = builder.start();
    ObjectNode request =
        Json.object()
            .put("kind", "CredentialProviderRequest")
            .put("apiVersion", API)
            .put("image", image);
    try (var in = process.getOutputStream()) {
      in.write(Json.bytes(request));
    } catch (IOException itDoesNotListen) {
      LOG.atDebug().addKeyValue("provider", provider.name()).log("request was not read");
    }
    try {
      Thread.ofVirtual().start(() -> endAfter(process, PATIENCE));
      byte[] output = process.getInputStream().readAllBytes();
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException("exit status " + code);
      }
      ObjectNode answer = Json.parse(output);
      if (!answer.path("kind").asString("").equals("CredentialProviderResponse")
          || !answer.path("apiVersion").asString("").equals(API)) {
        throw new IOException(
            "found "
                + new String(output, StandardCharsets.UTF_8).lines().findFirst().orElse("")
                + ", expected a CredentialProviderResponse of "
                + API);
      }
      return answer;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void endAfter(Process process, Duration patience) {
    try {
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
    }
  }
}
