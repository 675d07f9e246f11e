package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import tools.jackson.databind.node.ObjectNode;

/// PriorityLevelConfigurations: how much of the server a class of requests may take.
final class PriorityLevels implements KindRules {
  private static final int SHARES = 30;
  private static final int QUEUES = 64;
  private static final int HAND = 8;
  private static final int LENGTH = 50;

  @Override
  public void setDefaults(ObjectNode level) {
    ObjectNode spec = Defaults.object(level, "spec");
    if (spec.path("type").asString("").equals("Exempt")) {
      ObjectNode exempt = Defaults.object(spec, "exempt");
      Defaults.put(exempt, "nominalConcurrencyShares", 0);
      Defaults.put(exempt, "lendablePercent", 0);
    }
    Defaults.ifObject(spec, "limited")
        .ifPresent(
            limited -> {
              Defaults.put(limited, "nominalConcurrencyShares", SHARES);
              Defaults.put(limited, "lendablePercent", 0);
              Defaults.ifObject(limited, "limitResponse")
                  .flatMap(response -> Defaults.ifObject(response, "queuing"))
                  .ifPresent(
                      queuing -> {
                        Defaults.putNonZero(queuing, "queues", QUEUES);
                        Defaults.putNonZero(queuing, "handSize", HAND);
                        Defaults.putNonZero(queuing, "queueLengthLimit", LENGTH);
                      });
            });
  }

  @Override
  public void validate(ObjectNode level, Consumer<FieldError> errors) {
    Place spec = Place.root(level, errors).at("spec");
    Place limited = spec.at("limited");
    Place exempt = spec.at("exempt");
    switch (spec.at("type").text()) {
      case "Exempt" -> {
        if (limited.isSet()) {
          limited.forbidden("must be nil if the type is not Limited");
        }
      }
      case "Limited" -> {
        if (exempt.isSet()) {
          exempt.forbidden("must be nil if the type is Limited");
        }
        if (!limited.isSet()) {
          limited.required("must not be empty when type is Limited");
        } else {
          validateLimited(limited);
        }
      }
      default -> spec.at("type").notSupported(List.of("Exempt", "Limited"));
    }
  }

  private static void validateLimited(Place limited) {
    Place shares = limited.at("nominalConcurrencyShares");
    if (shares.number(0) < 0) {
      shares.invalid("must be a non-negative integer");
    }
    limited.at("lendablePercent").between(0, 100);
    Place response = limited.at("limitResponse");
    Place queuing = response.at("queuing");
    switch (response.at("type").text()) {
      case "Reject" -> {
        if (queuing.isSet()) {
          queuing.forbidden("must be nil if limited.limitResponse.type is not Limited");
        }
      }
      case "Queue" -> {
        if (!queuing.isSet()) {
          queuing.required("must not be empty if limited.limitResponse.type is Limited");
        } else if (queuing.at("handSize").number(0) > queuing.at("queues").number(0)) {
          queuing
              .at("handSize")
              .invalid(
                  "should not be greater than queues (%d)"
                      .formatted(queuing.at("queues").number(0)));
        }
      }
      default -> response.at("type").notSupported(List.of("Queue", "Reject"));
    }
  }

  @Override
  public boolean allowsUnconditionalUpdate() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("Type", "Limited or Exempt.", "/spec/type", ""),
        Columns.text(
            "NominalConcurrencyShares", "Its share.", "/spec/limited/nominalConcurrencyShares"),
        Columns.text("Queues", "How many queues.", "/spec/limited/limitResponse/queuing/queues"),
        Columns.text(
            "HandSize",
            "How many of them a flow uses.",
            "/spec/limited/limitResponse/queuing/handSize"),
        Columns.text(
            "QueueLengthLimit",
            "How long they may be.",
            "/spec/limited/limitResponse/queuing/queueLengthLimit"),
        Column.AGE);
  }
}
