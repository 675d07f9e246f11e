package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.apiserver.auth.SigningRequests;
import dev.navarch.apiserver.auth.User;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// CertificateSigningRequests: the server itself writes down who asks, so that signers can trust
/// it.
final class CertificateSigningRequests implements KindRules {
  private static final int LEAST_SECONDS = 600;
  private static final List<String> DECISIONS = List.of("Approved", "Denied");
  private static final List<String> FINAL = List.of("Approved", "Denied", "Failed");

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
    Place pem = spec.at("request");
    try {
      SigningRequests.read(pem.text());
    } catch (IllegalArgumentException none) {
      pem.invalid(Objects.requireNonNullElse(none.getMessage(), "not a request"));
    }
    Place usages = spec.at("usages");
    if (usages.isEmpty()) {
      usages.required("usages are required");
    }
    Set<String> seen = new HashSet<>();
    for (Place usage : usages.items()) {
      if (!seen.add(usage.text())) {
        usage.duplicate();
      }
    }
    validateSigner(spec.at("signerName"));
    Place seconds = spec.at("expirationSeconds");
    if (seconds.isSet() && seconds.number(0) < LEAST_SECONDS) {
      seconds.invalid("may not specify a duration less than 600 seconds (10 minutes)");
    }
  }

  private static void validateSigner(Place signer) {
    if (!signer.present()) {
      return;
    }
    int slash = signer.text().indexOf('/');
    if (slash < 0 || slash != signer.text().lastIndexOf('/')) {
      signer.invalid(
          "must be a fully qualified domain and path of the form 'example.com/signer-name'");
      return;
    }
    signer.names(NameChecks.dnsSubdomain(signer.text().substring(0, slash)));
    if (slash == signer.text().length() - 1) {
      signer.required("signer-name part must be non-empty");
    }
  }

  /// Somebody decides, and somebody signs: neither takes back what was said.
  @Override
  public void validatePartUpdate(
      String part, ObjectNode request, ObjectNode old, Consumer<FieldError> errors) {
    validateDecision(Place.root(request, errors).at("status"), old);
  }

  @Override
  public void validateStatusUpdate(
      ObjectNode request, ObjectNode old, Consumer<FieldError> errors) {
    Place status = Place.root(request, errors).at("status");
    validateDecision(status, old);
    for (String type : DECISIONS) {
      if (Conditions.find(request, type).isPresent() && Conditions.find(old, type).isEmpty()) {
        status
            .at("conditions")
            .forbidden("updates may not add a condition of type \"%s\"".formatted(type));
      }
    }
    JsonNode before = old.at("/status/certificate");
    Place certificate = status.at("certificate");
    if (!before.asString("").isEmpty()) {
      if (!certificate.node().equals(before)) {
        certificate.forbidden("updates may not set certificate content once it has been set");
      }
    } else if (!certificate.isEmpty() && !isCertificate(certificate.text())) {
      certificate.invalidText(
          "<certificate data>", "must contain at least one CERTIFICATE PEM block");
    }
  }

  private static boolean isCertificate(String base64) {
    try {
      return new String(Base64.getDecoder().decode(base64), StandardCharsets.US_ASCII)
          .contains("-----BEGIN CERTIFICATE-----");
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }

  private static void validateDecision(Place status, ObjectNode old) {
    Place conditions = status.at("conditions");
    Set<String> types = new HashSet<>();
    for (Place condition : conditions.items()) {
      Place type = condition.at("type");
      type.present();
      if (!types.add(type.text())) {
        type.duplicate();
      }
      Place state = condition.at("status");
      boolean decided = FINAL.contains(type.text());
      if (state.present() && decided && !state.text().equals("True")) {
        state.notSupported(List.of("True"));
      }
    }
    if (types.containsAll(DECISIONS)) {
      conditions.invalid("Approved and Denied conditions are mutually exclusive");
    }
    for (String type : FINAL) {
      if (Conditions.find(old, type).isPresent() && !types.contains(type)) {
        conditions.forbidden("updates may not remove a condition of type \"%s\"".formatted(type));
      }
    }
  }

  @Override
  public boolean datesConditions() {
    return true;
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
