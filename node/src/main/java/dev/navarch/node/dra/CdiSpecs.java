package dev.navarch.node.dra;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Yaml;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The files in which drivers describe devices to runtimes (Container Device Interface).
///
/// @param folders a device that stands in several is that of the last
public record CdiSpecs(List<Path> folders) {
  public static final CdiSpecs OF_MACHINE =
      new CdiSpecs(List.of(Path.of("/etc/cdi"), Path.of("/var/run/cdi")));

  /// What has to be changed in a container that gets these devices: what each of them asks for, and
  /// what their files ask for in common.
  ///
  /// @param ids `vendor.example.com/class=name`
  /// @throws DraException when one of them is not described
  List<JsonNode> edits(List<String> ids) {
    List<ObjectNode> specs = read();
    List<JsonNode> edits = new ArrayList<>();
    List<JsonNode> common = new ArrayList<>();
    for (String id : ids) {
      int equals = id.indexOf('=');
      String kind = equals < 0 ? id : id.substring(0, equals);
      String name = equals < 0 ? "" : id.substring(equals + 1);
      ObjectNode spec =
          specs.reversed().stream()
              .filter(one -> one.path("kind").asString("").equals(kind))
              .filter(one -> device(one, name).isPresent())
              .findFirst()
              .orElseThrow(
                  () ->
                      new DraException(
                          "CDI device %s is not described in any file of %s"
                              .formatted(id, folders)));
      JsonNode shared = spec.path("containerEdits");
      if (!common.contains(shared)) {
        common.add(shared);
      }
      edits.add(device(spec, name).orElseThrow().path("containerEdits"));
    }
    common.addAll(edits);
    return common;
  }

  private static Optional<JsonNode> device(ObjectNode spec, String name) {
    return spec.path("devices")
        .valueStream()
        .filter(device -> device.path("name").asString("").equals(name))
        .findFirst();
  }

  private List<ObjectNode> read() {
    List<ObjectNode> specs = new ArrayList<>();
    for (Path folder : folders) {
      if (Files.isDirectory(folder)) {
        try (Stream<Path> files = Files.list(folder)) {
          for (Path file : files.sorted().toList()) {
            read(file).ifPresent(specs::add);
          }
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return specs;
  }

  private static Optional<ObjectNode> read(Path file) throws IOException {
    String name = file.toString();
    try {
      if (name.endsWith(".json")) {
        return Optional.of(Json.parse(Files.readAllBytes(file)));
      }
      return name.endsWith(".yaml") || name.endsWith(".yml")
          ? Optional.of(Yaml.parse(Files.readAllBytes(file)))
          : Optional.empty();
    } catch (ApiException e) {
      throw new DraException("CDI file %s cannot be read: %s".formatted(file, e.getMessage()));
    }
  }
}
