package dev.navarch.node.settings;

import dev.navarch.api.GoDuration;
import dev.navarch.api.Json;
import dev.navarch.api.Quantity;
import dev.navarch.api.Yaml;
import dev.navarch.node.topology.CpuSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// A `KubeletConfiguration` whose every value is known to be good, with defaults where nobody said
/// otherwise. It is what `/configz` shows.
public final class KubeletSettings {
  private static final String KIND = "KubeletConfiguration";
  private static final String VERSION = "kubelet.config.k8s.io/v1beta1";

  private final ObjectNode document;

  private KubeletSettings(ObjectNode document) {
    this.document = document;
  }

  public static KubeletSettings defaults() {
    return of("", Json.object());
  }

  /// @param file a KubeletConfiguration as YAML or JSON; empty for none
  /// @param flags what the command line says, by the same field names; it wins
  /// @throws IllegalArgumentException that tells of everything that is wrong
  public static KubeletSettings read(Optional<Path> file, ObjectNode flags) {
    ObjectNode stated = Json.object();
    if (file.isPresent()) {
      try {
        stated = Yaml.parse(Files.readAllBytes(file.get()));
      } catch (IOException e) {
        throw new UncheckedIOException(file.get() + " cannot be read", e);
      } catch (dev.navarch.api.ApiException e) {
        throw new IllegalArgumentException(file.get() + ": " + e.getMessage(), e);
      }
      requireKind(file.get(), stated);
      stated.remove(List.of("kind", "apiVersion"));
    }
    for (Map.Entry<String, JsonNode> flag : flags.properties()) {
      stated.set(flag.getKey(), flag.getValue());
    }
    return of(file.map(path -> path + ": ").orElse(""), stated);
  }

  private static void requireKind(Path file, ObjectNode stated) {
    String kind = stated.path("kind").asString("");
    String version = stated.path("apiVersion").asString("");
    if (!kind.equals(KIND) || !version.equals(VERSION)) {
      throw new IllegalArgumentException(
          "%s: found kind \"%s\" of apiVersion \"%s\", expected %s of %s"
              .formatted(file, kind, version, KIND, VERSION));
    }
  }

  private static KubeletSettings of(String where, ObjectNode stated) {
    List<String> wrong = new ArrayList<>(Statement.complaints(stated));
    if (wrong.isEmpty()) {
      var settings = new KubeletSettings(Statement.withDefaults(stated));
      wrong.addAll(Consistency.complaints(settings, stated));
      if (wrong.isEmpty()) {
        return settings;
      }
    }
    throw new IllegalArgumentException(where + String.join("; ", wrong));
  }

  /// The same with one field changed, unchecked.
  public KubeletSettings with(String path, Object value) {
    ObjectNode changed = document.deepCopy();
    Statement.put(changed, path, Statement.node(value));
    return new KubeletSettings(changed);
  }

  /// The whole document, as `/configz` tells it.
  public ObjectNode document() {
    ObjectNode shown = Json.object();
    shown.put("kind", KIND).put("apiVersion", VERSION);
    shown.setAll(document.deepCopy());
    return shown;
  }

  public String text(String path) {
    return at(path).asString("");
  }

  public Optional<String> ifStated(String path) {
    return Optional.of(text(path)).filter(text -> !text.isEmpty());
  }

  public boolean flag(String path) {
    return at(path).asBoolean(false);
  }

  public Optional<Boolean> optionalFlag(String path) {
    return at(path).isBoolean() ? Optional.of(at(path).asBoolean()) : Optional.empty();
  }

  public int number(String path) {
    return at(path).asInt(0);
  }

  public long longNumber(String path) {
    return at(path).asLong(0);
  }

  public OptionalInt optionalNumber(String path) {
    return at(path).isNumber() ? OptionalInt.of(at(path).asInt()) : OptionalInt.empty();
  }

  public Duration duration(String path) {
    return GoDuration.parse(text(path));
  }

  public Quantity quantity(String path) {
    return Quantity.parse(text(path));
  }

  public List<String> list(String path) {
    return at(path).valueStream().map(JsonNode::asString).toList();
  }

  public Map<String, String> map(String path) {
    Map<String, String> map = new TreeMap<>();
    at(path).properties().forEach(each -> map.put(each.getKey(), each.getValue().asString()));
    return map;
  }

  public List<JsonNode> objects(String path) {
    return at(path).valueStream().toList();
  }

  public int port() {
    return number("port");
  }

  public List<String> clusterDns() {
    return list("clusterDNS");
  }

  public String clusterDomain() {
    return text("clusterDomain");
  }

  /// How many pods a machine with so many processors takes.
  public int maxPods(int processors) {
    int perCore = number("podsPerCore");
    int most = number("maxPods");
    return perCore == 0 ? most : Math.min(most, perCore * processors);
  }

  /// Of kube and system together, in whole units (millicores for `cpu`).
  public long reserved(String resource) {
    return reserved("kubeReserved", resource) + reserved("systemReserved", resource);
  }

  /// @param whose `kubeReserved` or `systemReserved`
  public long reserved(String whose, String resource) {
    String stated = map(whose).get(resource);
    if (stated == null) {
      return 0;
    }
    Quantity amount = Quantity.parse(stated);
    return resource.equals("cpu") ? amount.milliValue() : amount.value();
  }

  public CpuSet reservedCpus() {
    return CpuSet.parse(text("reservedSystemCPUs"));
  }

  public Set<String> enforced() {
    return list("enforceNodeAllocatable").stream().collect(Collectors.toUnmodifiableSet());
  }

  private JsonNode at(String path) {
    return Statement.at(document, path);
  }
}
