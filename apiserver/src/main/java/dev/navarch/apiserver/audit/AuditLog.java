package dev.navarch.apiserver.audit;

import dev.navarch.api.Json;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes events into a file, one JSON document a line, before the request goes on. Only its owner
/// may read the file.
final class AuditLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
  private final OutputStream out;
  private final boolean closes;

  private AuditLog(OutputStream out, boolean closes) {
    this.out = out;
    this.closes = closes;
  }

  /// @param path `-` for the standard output
  static AuditLog open(String path) {
    if (path.equals("-")) {
      return new AuditLog(
          new BufferedOutputStream(new FileOutputStream(FileDescriptor.out)), false);
    }
    Path file = Path.of(path);
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      if (!Files.exists(file)) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      return new AuditLog(
          new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.APPEND)), true);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the audit log %s cannot be written: %s".formatted(file, e.getMessage()), e);
    }
  }

  synchronized void write(ObjectNode event) {
    try {
      out.write(Json.bytes(event));
      out.write('\n');
      out.flush();
    } catch (IOException e) {
      LOG.atError().addKeyValue("error", e.getMessage()).log("an audit event was lost");
    }
  }

  @Override
  public synchronized void close() {
    try {
      out.flush();
      if (closes) {
        out.close();
      }
    } catch (IOException e) {
      LOG.atError().addKeyValue("error", e.getMessage()).log("the audit log was not closed");
    }
  }
}
