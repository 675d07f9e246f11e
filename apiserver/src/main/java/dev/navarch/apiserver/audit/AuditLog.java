package dev.navarch.apiserver.audit;

import dev.navarch.api.Json;
import java.io.ByteArrayOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes events, one JSON document a line, before the request goes on.
final class AuditLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AuditLog.class);
  private final OutputStream out;
  private final boolean closes;

  private AuditLog(OutputStream out, boolean closes) {
    this.out = out;
    this.closes = closes;
  }

  static AuditLog open(AuditFile file, InstantSource clock) {
    if (file.path().equals("-")) {
      return new AuditLog(new FileOutputStream(FileDescriptor.out), false);
    }
    try {
      return new AuditLog(RotatingFile.open(file, clock), true);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "the audit log %s cannot be written: %s".formatted(file.path(), e.getMessage()), e);
    }
  }

  synchronized void write(ObjectNode event) {
    try {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      line.writeBytes(Json.bytes(event));
      line.write('\n');
      out.write(line.toByteArray());
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
