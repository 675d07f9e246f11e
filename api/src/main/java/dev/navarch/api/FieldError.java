package dev.navarch.api;

import java.util.Arrays;

/// One rule that one field breaks. {@link #toString()} is the form that users know:
/// `spec.containers[0].image: Required value`.
public record FieldError(Type type, String field, String badValue, String detail) {

  /// The kinds of field errors; `reason` is the machine-readable cause in a `Status`.
  public enum Type {
    REQUIRED("FieldValueRequired", "Required value"),
    INVALID("FieldValueInvalid", "Invalid value"),
    NOT_SUPPORTED("FieldValueNotSupported", "Unsupported value"),
    DUPLICATE("FieldValueDuplicate", "Duplicate value"),
    FORBIDDEN("FieldValueForbidden", "Forbidden"),
    NOT_FOUND("FieldValueNotFound", "Not found"),
    TOO_LONG("FieldValueTooLong", "Too long"),
    TOO_MANY("FieldValueTooMany", "Too many"),
    TYPE_INVALID("FieldValueTypeInvalid", "Invalid value"),
    INTERNAL("InternalError", "Internal error");

    private final String reason;
    private final String text;

    Type(String reason, String text) {
      this.reason = reason;
      this.text = text;
    }

    public String reason() {
      return reason;
    }

    /// The type behind a cause's reason; INVALID for one that nobody knows.
    static Type byReason(String reason) {
      return Arrays.stream(values())
          .filter(type -> type.reason.equals(reason))
          .findFirst()
          .orElse(INVALID);
    }
  }

  public static FieldError required(String field, String detail) {
    return new FieldError(Type.REQUIRED, field, "", detail);
  }

  /// `badValue` is already written as a user would read it: strings in quotes, numbers bare.
  public static FieldError invalid(String field, String badValue, String detail) {
    return new FieldError(Type.INVALID, field, badValue, detail);
  }

  public static FieldError forbidden(String field, String detail) {
    return new FieldError(Type.FORBIDDEN, field, "", detail);
  }

  /// What a `Status` cause says, without the field's name.
  public String message() {
    String value = badValue.isEmpty() ? "" : ": " + badValue;
    String why = detail.isEmpty() ? "" : ": " + detail;
    return type.text + value + why;
  }

  @Override
  public String toString() {
    return field + ": " + message();
  }
}
