package dev.navarch.api.selectors;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/// The forms that names, label keys and label values may take. Each check returns the sentences
/// that tell a user what is wrong, none when all is well; users match on these sentences, so they
/// are Kubernetes' own.
public final class NameChecks {
  private static final int LABEL_LENGTH = 63;
  private static final int SUBDOMAIN_LENGTH = 253;

  private static final Form DNS_LABEL =
      new Form(
          "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
              + "and must start and end with an alphanumeric character",
          "[a-z0-9]([-a-z0-9]*[a-z0-9])?",
          value -> isLabel(value, 0, value.length()),
          "my-name",
          "123-abc");
  private static final Form DNS_SUBDOMAIN =
      new Form(
          "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "
              + "or '.', and must start and end with an alphanumeric character",
          DNS_LABEL.regex + "(\\." + DNS_LABEL.regex + ")*",
          value -> isSubdomain(value, 0),
          "example.com");
  private static final Form WILDCARD =
      new Form(
          "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain,"
              + " which must consist of lower case alphanumeric characters, '-' or '.' and end with"
              + " an alphanumeric character",
          "\\*\\." + DNS_SUBDOMAIN.regex,
          value -> value.startsWith("*.") && isSubdomain(value, 2),
          "*.example.com");
  private static final Form DNS_1035_LABEL =
      new Form(
          "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with "
              + "an alphabetic character, and end with an alphanumeric character",
          "[a-z]([-a-z0-9]*[a-z0-9])?",
          value ->
              isLabel(value, 0, value.length()) && value.charAt(0) >= 'a' && value.charAt(0) <= 'z',
          "my-name",
          "abc-123");
  private static final Form QUALIFIED_NAME =
      new Form(
          "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with "
              + "an alphanumeric character",
          "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]",
          NameChecks::isQualified,
          "MyName",
          "my.name",
          "123-abc");
  private static final Form LABEL_VALUE =
      new Form(
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' "
              + "or '.', and must start and end with an alphanumeric character",
          "(" + QUALIFIED_NAME.regex + ")?",
          value -> value.isEmpty() || isQualified(value),
          "MyValue",
          "my_value",
          "12345");

  private NameChecks() {}

  /// A name that is one label of a host name: Services, namespaces, containers.
  public static List<String> dnsLabel(String value) {
    if (isShort(value, LABEL_LENGTH) && DNS_LABEL.fits(value)) {
      return List.of();
    }
    List<String> errors = new ArrayList<>(atMost(LABEL_LENGTH, value));
    if (!DNS_LABEL.fits(value)) {
      errors.add(DNS_SUBDOMAIN.fits(value) ? "must not contain dots" : DNS_LABEL.error());
    }
    return errors;
  }

  /// The usual form of an object's name.
  public static List<String> dnsSubdomain(String value) {
    return check(DNS_SUBDOMAIN, SUBDOMAIN_LENGTH, value);
  }

  /// A host name whose first label is a star.
  public static List<String> wildcardSubdomain(String value) {
    return check(WILDCARD, SUBDOMAIN_LENGTH, value);
  }

  /// A DNS label that begins with a letter.
  public static List<String> dns1035Label(String value) {
    return check(DNS_1035_LABEL, LABEL_LENGTH, value);
  }

  /// A label key, an annotation key (in lower case), a resource or condition name:
  /// `[prefix.example.com/]Name`.
  public static List<String> qualifiedName(String value) {
    int slash = value.indexOf('/');
    if (slash >= 0 && value.indexOf('/', slash + 1) >= 0) {
      return List.of(
          "a qualified name "
              + QUALIFIED_NAME.error()
              + " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')");
    }
    String name = value.substring(slash + 1);
    List<String> wrong = check(QUALIFIED_NAME, LABEL_LENGTH, name);
    List<String> wrongPrefix =
        slash < 0
            ? List.of()
            : slash == 0 ? List.of("must be non-empty") : dnsSubdomain(value.substring(0, slash));
    if (wrong.isEmpty() && wrongPrefix.isEmpty()) {
      return List.of();
    }
    List<String> errors = new ArrayList<>();
    wrongPrefix.forEach(error -> errors.add("prefix part " + error));
    if (name.isEmpty()) {
      errors.add("name part must be non-empty");
    }
    wrong.forEach(error -> errors.add("name part " + error));
    return errors;
  }

  public static List<String> labelKey(String key) {
    return qualifiedName(key);
  }

  public static List<String> labelValue(String value) {
    return check(LABEL_VALUE, LABEL_LENGTH, value);
  }

  /// Annotation keys may be written in any case.
  public static List<String> annotationKey(String key) {
    return qualifiedName(key.toLowerCase(Locale.ROOT));
  }

  /// A name that is one segment of a URL path and nothing more (RBAC).
  public static List<String> pathSegment(String value) {
    if (value.equals(".") || value.equals("..")) {
      return List.of("may not be '" + value + "'");
    }
    return List.of("/", "%").stream()
        .filter(value::contains)
        .map(part -> "may not contain '" + part + "'")
        .toList();
  }

  private static List<String> check(Form form, int length, String value) {
    if (isShort(value, length) && form.fits(value)) {
      return List.of();
    }
    List<String> errors = new ArrayList<>(atMost(length, value));
    if (!form.fits(value)) {
      errors.add(form.error());
    }
    return errors;
  }

  private static List<String> atMost(int length, String value) {
    return isShort(value, length)
        ? List.of()
        : List.of("must be no more than " + length + " bytes");
  }

  private static boolean isShort(String value, int bytes) {
    return value.length() <= bytes / 3
        || (value.length() <= bytes && value.getBytes(StandardCharsets.UTF_8).length <= bytes);
  }

  private static boolean isSubdomain(String value, int from) {
    int start = from;
    for (int dot = value.indexOf('.', start); dot >= 0; dot = value.indexOf('.', start)) {
      if (!isLabel(value, start, dot)) {
        return false;
      }
      start = dot + 1;
    }
    return isLabel(value, start, value.length());
  }

  private static boolean isLabel(String value, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = value.charAt(i);
      boolean inside = i > from && i < to - 1;
      if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && !(inside && c == '-')) {
        return false;
      }
    }
    return from < to;
  }

  private static boolean isQualified(String value) {
    int last = value.length() - 1;
    for (int i = 0; i <= last; i++) {
      char c = value.charAt(i);
      boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      boolean between = c == '-' || c == '_' || c == '.';
      if (!letter && !(between && i > 0 && i < last)) {
        return false;
      }
    }
    return last >= 0;
  }

  /// A regular expression with the sentence that explains it. It is shown to users, and the check
  /// that does the same runs in one pass, however long or strange the value.
  private static final class Form {
    private final String rule;
    private final String regex;
    private final Predicate<String> check;
    private final List<String> examples;

    Form(String rule, String regex, Predicate<String> check, String... examples) {
      this.rule = rule;
      this.regex = regex;
      this.check = check;
      this.examples = List.of(examples);
    }

    boolean fits(String value) {
      return check.test(value);
    }

    String error() {
      return "%s (e.g. '%s', regex used for validation is '%s')"
          .formatted(rule, String.join("',  or '", examples), regex);
    }
  }
}
