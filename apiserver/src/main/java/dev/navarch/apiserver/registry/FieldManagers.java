package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.http.Exchange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The name under which a client's writes are kept in managedFields: the one that the request
/// gives, or what its user agent begins with.
public final class FieldManagers {
  private static final int MOST_BYTES = 128;
  private static final String FIELD = "fieldManager";

  private FieldManagers() {}

  public static String of(Exchange exchange) {
    return exchange
        .query(FIELD)
        .filter(name -> !name.isEmpty())
        .orElseGet(() -> printable(exchange.header("User-Agent").orElse("").split("/", 2)[0]));
  }

  private static String printable(String agent) {
    StringBuilder kept = new StringBuilder();
    int bytes = 0;
    for (int c : agent.codePoints().filter(FieldManagers::isPrinted).toArray()) {
      bytes += Character.toString(c).getBytes(StandardCharsets.UTF_8).length;
      if (bytes > MOST_BYTES) {
        break;
      }
      kept.appendCodePoint(c);
    }
    return kept.toString();
  }

  /// Refuses a name that could not be kept.
  ///
  /// @param options `CreateOptions`, `UpdateOptions`
  static void check(Exchange exchange, String options) {
    refuse(options, wrongName(exchange.query(FIELD).orElse("")));
  }

  /// Refuses a patch without the name that it needs, or with a force that it does not know.
  static void checkPatch(Exchange exchange, boolean applies) {
    List<FieldError> errors = new ArrayList<>();
    String name = exchange.query(FIELD).orElse("");
    if (applies && name.isEmpty()) {
      errors.add(FieldError.required(FIELD, "is required for apply patch"));
    }
    if (!applies && exchange.query("force").isPresent()) {
      errors.add(FieldError.forbidden("force", "may not be specified for non-apply patch"));
    }
    errors.addAll(wrongName(name));
    refuse("PatchOptions", errors);
  }

  private static void refuse(String options, List<FieldError> errors) {
    if (!errors.isEmpty()) {
      throw new ApiException(new ApiError.Invalid("meta.k8s.io", options, "", errors));
    }
  }

  private static List<FieldError> wrongName(String name) {
    List<FieldError> errors = new ArrayList<>();
    if (name.getBytes(StandardCharsets.UTF_8).length > MOST_BYTES) {
      errors.add(
          new FieldError(
              FieldError.Type.TOO_LONG,
              FIELD,
              "",
              "may not be more than " + MOST_BYTES + " bytes"));
    }
    int at = 0;
    for (int c : name.codePoints().toArray()) {
      if (!isPrinted(c)) {
        errors.add(
            FieldError.invalid(
                FIELD,
                "\"" + name + "\"",
                "invalid character U+%04X (at position %d)".formatted(c, at)));
      }
      at += Character.toString(c).getBytes(StandardCharsets.UTF_8).length;
    }
    return errors;
  }

  private static boolean isPrinted(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
