package dev.navarch.api;

import java.util.List;

/// What a server does with fields that it does not know and with repeated keys: drops them
/// silently, drops them and warns, or refuses the request.
public enum FieldValidation {
  IGNORE("Ignore"),
  WARN("Warn"),
  STRICT("Strict");

  private final String parameter;

  FieldValidation(String parameter) {
    this.parameter = parameter;
  }

  /// From the query parameter `fieldValidation`; nothing said means Warn.
  public static FieldValidation of(String parameter) {
    for (FieldValidation mode : values()) {
      if (mode.parameter.equals(parameter)) {
        return mode;
      }
    }
    if (parameter.isEmpty()) {
      return WARN;
    }
    FieldError wrong =
        new FieldError(
            FieldError.Type.NOT_SUPPORTED,
            "fieldValidation",
            "\"" + parameter + "\"",
            "supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"");
    throw new ApiException(
        new ApiError.Invalid("meta.k8s.io", "CreateOptions", "", List.of(wrong)));
  }
}
