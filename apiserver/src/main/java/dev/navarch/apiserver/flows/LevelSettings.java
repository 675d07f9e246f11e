package dev.navarch.apiserver.flows;

import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a PriorityLevelConfiguration says.
///
/// @param exempt whether its requests are never held back
/// @param shares of the server's seats
/// @param lendable percent of its seats that others may use while it does not
/// @param borrowable percent of its own seats that it may use of others' beyond them; empty for all
/// @param queuing where requests wait; empty when they are refused at once
record LevelSettings(
    String name,
    String uid,
    boolean exempt,
    int shares,
    int lendable,
    OptionalInt borrowable,
    Optional<Queuing> queuing) {

  /// @param queues how many there are
  /// @param hand to how many of them one flow is dealt
  /// @param length how many requests one of them holds
  record Queuing(int queues, int hand, int length) {}

  static LevelSettings read(ObjectNode document) {
    JsonNode spec = document.path("spec");
    boolean exempt = spec.path("type").asString("").equals("Exempt");
    JsonNode limits = spec.path(exempt ? "exempt" : "limited");
    JsonNode response = limits.path("limitResponse");
    JsonNode queuing = response.path("queuing");
    JsonNode borrowable = limits.path("borrowingLimitPercent");
    return new LevelSettings(
        document.at("/metadata/name").asString(""),
        document.at("/metadata/uid").asString(""),
        exempt,
        limits.path("nominalConcurrencyShares").asInt(exempt ? 0 : 30),
        limits.path("lendablePercent").asInt(0),
        borrowable.isNumber() ? OptionalInt.of(borrowable.asInt(0)) : OptionalInt.empty(),
        response.path("type").asString("").equals("Queue")
            ? Optional.of(
                new Queuing(
                    queuing.path("queues").asInt(64),
                    queuing.path("handSize").asInt(8),
                    queuing.path("queueLengthLimit").asInt(50)))
            : Optional.empty());
  }
}
