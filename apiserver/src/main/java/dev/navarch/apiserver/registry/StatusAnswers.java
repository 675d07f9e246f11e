package dev.navarch.apiserver.registry;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.http.Exchange;
import tools.jackson.databind.node.ObjectNode;

/// Answers with a Status, in the format that the client understands: those that read nothing but
/// protobuf are refused in protobuf. Who asked for a view of an object, or for nothing that is
/// served, gets JSON.
public final class StatusAnswers {
  private final Wire wire;

  public StatusAnswers(BuiltInKinds types) {
    this.wire = new Wire(types);
  }

  public void respond(Exchange exchange, int code, ObjectNode status) {
    Format format = Accept.format(exchange.headers("Accept"));
    byte[] bytes = wire.bytes(status, wire.meta("Status"), format, Pretty.isWanted(exchange));
    exchange.respond(code, format.mediaType(), bytes);
  }
}
