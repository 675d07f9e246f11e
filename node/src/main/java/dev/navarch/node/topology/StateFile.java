package dev.navarch.node.topology;

import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// A small document that survives a restart of the agent.
public record StateFile(Path file) {

  public Optional<ObjectNode> read() {
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.parse(Files.readAllBytes(file)));
    } catch (ApiException e) {
      throw new IllegalArgumentException(
          "%s is damaged (%s): drain the node and delete the file".formatted(file, e.getMessage()),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads it and requires that it was written under the same policy.
  public Optional<ObjectNode> read(String policy) {
    Optional<ObjectNode> document = read();
    document.ifPresent(
        found -> {
          String before = found.path("policyName").asString("");
          if (!before.equals(policy)) {
            throw new IllegalArgumentException(
                "configured policy \"%s\" differs from state checkpoint policy \"%s\": drain the node and delete %s"
                    .formatted(policy, before, file));
          }
        });
    return document;
  }

  public void write(ObjectNode document) {
    try {
      Files.createDirectories(file.getParent());
      Path fresh = file.resolveSibling(file.getFileName() + ".new");
      Files.write(fresh, Json.bytes(document));
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
