package dev.navarch.apiserver;

import dev.navarch.api.Schema;
import dev.navarch.http.Exchange;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/// Answers a POST whose object is never stored: reads it in whatever format it comes, and writes
/// what is made of it in whatever format is wanted.
@FunctionalInterface
public interface Computed {
  void answer(
      Exchange exchange,
      String apiVersion,
      String kind,
      Schema schema,
      UnaryOperator<ObjectNode> made);
}
