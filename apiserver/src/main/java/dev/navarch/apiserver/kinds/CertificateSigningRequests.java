package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.apiserver.auth.User;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// CertificateSigningRequests: the server itself writes down who asks, so that signers can trust
/// it.
final class CertificateSigningRequests implements KindRules {
  private static final int LEAST_SECONDS = 600;

  @Override
  public void prepareForCreate(ObjectNode request) {
    User user = Caller.current();
    ObjectNode spec = Defaults.object(request, "spec");
    spec.remove(List.of("username", "uid", "groups", "extra"));
    spec.put("username", user.name());
    if (!user.uid().isEmpty()) {
      spec.put("uid", user.uid());
    }
    ArrayNode groups = spec.putArray("groups");
    user.groups().forEach(groups::add);
    if (!user.extra().isEmpty()) {
      ObjectNode extra = spec.putObject("extra");
      user.extra().forEach((key, values) -> values.forEach(extra.withArray(key)::add));
    }
  }

  @Override
  public void prepareForUpdate(ObjectNode request, ObjectNode old) {
    request.set("spec", old.path("spec").deepCopy());
  }

  @Override
  public void validate(ObjectNode request, Consumer<FieldError> errors) {
    Place spec = Place.root(request, errors).at("spec");
    spec.at("request").present();
    spec.at("usages").present("usages are required");
    Place signer = spec.at("signerName");
    if (signer.present() && !signer.text().contains("/")) {
      signer.invalid(
          "must be a fully qualified domain and path of the form \"example.com/signer-name\"");
    }
    Place seconds = spec.at("expirationSeconds");
    if (seconds.isSet() && seconds.number(0) < LEAST_SECONDS) {
      seconds.invalid("may not specify a duration less than 600 seconds (10 minutes)");
    }
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public Map<String, Function<JsonNode, String>> selectableFields() {
    return Map.of("spec.signerName", Fields.text("/spec/signerName"));
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Column.AGE,
        Columns.text("SignerName", "Who is to sign.", "/spec/signerName"),
        Columns.text("Requestor", "Who asks.", "/spec/username", ""),
        Columns.text("RequestedDuration", "For how long.", CertificateSigningRequests::duration),
        Columns.text("Condition", "What became of it.", CertificateSigningRequests::condition));
  }

  private static String duration(ObjectNode request) {
    JsonNode seconds = request.at("/spec/expirationSeconds");
    return seconds.isNumber() ? Ages.of(Duration.ofSeconds(seconds.asLong(0))) : Columns.NONE;
  }

  private static String condition(ObjectNode request) {
    List<String> states = new ArrayList<>();
    for (String type : List.of("Approved", "Denied", "Failed")) {
      Conditions.find(request, type).ifPresent(found -> states.add(type));
    }
    if (states.isEmpty()) {
      return "Pending";
    }
    if (!request.at("/status/certificate").asString("").isEmpty()) {
      states.add("Issued");
    }
    return String.join(",", states);
  }
}
