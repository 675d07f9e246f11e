package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// APIServices: which server serves a version of a group. The name says which version; that of the
/// core group is `v1.`.
final class ApiServices implements KindRules {
  private static final int HIGHEST_GROUP = 20_000;
  private static final int HIGHEST_VERSION = 1_000;

  @Override
  public NameRule nameRule() {
    return NameRule.PATH_SEGMENT;
  }

  @Override
  public void validate(ObjectNode service, Consumer<FieldError> errors) {
    Place root = Place.root(service, errors);
    Place spec = root.at("spec");
    String name = root.at("metadata", "name").text();
    String meant = spec.at("version").text() + "." + spec.at("group").text();
    if (!name.equals(meant)) {
      root.at("metadata", "name")
          .invalid("must be `spec.version+\".\"+spec.group`: \"%s\"".formatted(meant));
    }
    if (spec.at("group").text().isEmpty() && !spec.at("version").text().equals("v1")) {
      spec.at("group").required("only v1 may have an empty group and it better be legacy kube");
    }
    if (spec.at("version").isEmpty()) {
      spec.at("version").required("");
    } else {
      spec.at("version").dnsLabel();
    }
    spec.at("groupPriorityMinimum").between(1, HIGHEST_GROUP);
    spec.at("versionPriority").between(1, HIGHEST_VERSION);
    validateServer(spec);
  }

  private static void validateServer(Place spec) {
    boolean skips = spec.at("insecureSkipTLSVerify").flag();
    Optional<Place> server = spec.ifSet("service");
    if (server.isEmpty()) {
      if (!spec.at("caBundle").isEmpty()) {
        spec.at("caBundle").invalid("local APIServices may not have a caBundle");
      }
      if (skips) {
        spec.at("insecureSkipTLSVerify")
            .invalid("local APIServices may not have insecureSkipTLSVerify");
      }
      return;
    }
    server.get().at("namespace").present();
    server.get().at("name").present();
    server.get().at("port").port();
    if (skips && !spec.at("caBundle").isEmpty()) {
      spec.at("insecureSkipTLSVerify").invalid("may not be true if caBundle is present");
    }
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text("Service", "Who serves it.", ApiServices::server),
        Columns.text("Available", "Whether it can be used.", ApiServices::available),
        Column.AGE);
  }

  private static String server(ObjectNode service) {
    JsonNode server = service.at("/spec/service");
    return server.isObject()
        ? server.path("namespace").asString("") + "/" + server.path("name").asString("")
        : "Local";
  }

  private static String available(ObjectNode service) {
    return service
        .at("/status/conditions")
        .valueStream()
        .filter(condition -> condition.path("type").asString("").equals("Available"))
        .findFirst()
        .map(
            condition ->
                condition.path("status").asString("").equals("True")
                    ? "True"
                    : "%s (%s)"
                        .formatted(
                            condition.path("status").asString(""),
                            condition.path("reason").asString("")))
        .orElse("Unknown");
  }
}
