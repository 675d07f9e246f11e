package dev.navarch.apiserver.cel;

import static dev.navarch.apiserver.cel.StandardFunctions.list;
import static dev.navarch.apiserver.cel.StandardFunctions.text;
import static dev.navarch.apiserver.cel.StandardFunctions.whole;

import dev.navarch.apiserver.cel.Functions.Function;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The strings extension, version 2. Positions count code points, never bytes or halves of a pair.
final class StringFunctions {
  private StringFunctions() {}

  static Map<String, Function> functions() {
    return Map.of(
        "charAt", args -> charAt(text(args.getFirst()), whole(args.get(1))),
        "lowerAscii", args -> ascii(text(args.getFirst()), 'A', 'Z', 32),
        "upperAscii", args -> ascii(text(args.getFirst()), 'a', 'z', -32),
        "replace", StringFunctions::replace,
        "split", StringFunctions::split,
        "substring", StringFunctions::substring,
        "trim", args -> trim(text(args.getFirst())),
        "join", StringFunctions::join,
        "strings.quote", args -> quote(text(args.getFirst())),
        "format", args -> TextFormat.format(text(args.getFirst()), list(args.get(1))));
  }

  private static Object charAt(String text, long index) {
    int[] points = text.codePoints().toArray();
    if (index < 0 || index > points.length) {
      throw new EvaluationFailed("index out of range: " + index);
    }
    return index == points.length ? "" : Character.toString(points[(int) index]);
  }

  static Object indexOf(List<Object> args) {
    String text = text(args.getFirst());
    String part = text(args.get(1));
    long length = Values.size(text);
    long from = args.size() > 2 ? whole(args.get(2)) : 0;
    if (from < 0 || from > length) {
      throw new EvaluationFailed("index out of range: " + from);
    }
    return points(text, text.indexOf(part, text.offsetByCodePoints(0, (int) from)));
  }

  static Object lastIndexOf(List<Object> args) {
    String text = text(args.getFirst());
    String part = text(args.get(1));
    long length = Values.size(text);
    long from = args.size() > 2 ? whole(args.get(2)) : length;
    if (from < 0 || from > length) {
      throw new EvaluationFailed("index out of range: " + from);
    }
    return points(text, text.lastIndexOf(part, text.offsetByCodePoints(0, (int) from)));
  }

  private static long points(String text, int index) {
    return index < 0 ? -1 : text.codePointCount(0, index);
  }

  private static String ascii(String text, char first, char last, int shift) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      out.append(c >= first && c <= last ? (char) (c + shift) : c);
    }
    return out.toString();
  }

  private static Object replace(List<Object> args) {
    String text = text(args.getFirst());
    String from = text(args.get(1));
    String to = text(args.get(2));
    long times = args.size() > 3 ? whole(args.get(3)) : -1;
    StringBuilder out = new StringBuilder();
    int at = 0;
    for (long done = 0; times < 0 || done < times; done++) {
      int found = text.indexOf(from, at);
      if (found < 0 || (from.isEmpty() && at > text.length())) {
        break;
      }
      out.append(text, at, found).append(to);
      checkLength(out.length());
      at = found + from.length();
      if (from.isEmpty()) {
        if (at == text.length()) {
          return out.toString();
        }
        int next = text.offsetByCodePoints(at, 1);
        out.append(text, at, next);
        at = next;
      }
    }
    return out.append(text.substring(Math.min(at, text.length()))).toString();
  }

  private static Object split(List<Object> args) {
    String text = text(args.getFirst());
    String separator = text(args.get(1));
    long most = args.size() > 2 ? whole(args.get(2)) : -1;
    List<Object> parts = new ArrayList<>();
    if (most == 0) {
      return parts;
    }
    int at = 0;
    while (most < 0 || parts.size() < most - 1) {
      int end =
          separator.isEmpty()
              ? at < text.length() ? text.offsetByCodePoints(at, 1) : -1
              : text.indexOf(separator, at);
      if (end < 0 || (separator.isEmpty() && end == text.length())) {
        break;
      }
      parts.add(text.substring(at, end));
      at = end + separator.length();
    }
    if (!separator.isEmpty() || at < text.length()) {
      parts.add(text.substring(at));
    }
    return parts;
  }

  private static Object substring(List<Object> args) {
    String text = text(args.getFirst());
    long length = Values.size(text);
    long start = whole(args.get(1));
    long end = args.size() > 2 ? whole(args.get(2)) : length;
    if (start < 0 || start > length) {
      throw new EvaluationFailed("index out of range: " + start);
    }
    if (end < 0 || end > length) {
      throw new EvaluationFailed("index out of range: " + end);
    }
    if (start > end) {
      throw new EvaluationFailed("invalid substring range. start: " + start + ", end: " + end);
    }
    return text.substring(
        text.offsetByCodePoints(0, (int) start), text.offsetByCodePoints(0, (int) end));
  }

  /// Takes off what Unicode calls white space.
  private static String trim(String text) {
    int start = 0;
    int end = text.length();
    while (start < end && isSpace(text.charAt(start))) {
      start++;
    }
    while (end > start && isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(start, end);
  }

  private static boolean isSpace(char c) {
    return Character.isSpaceChar(c) || (c >= '\t' && c <= '\r') || c == '\u0085';
  }

  private static Object join(List<Object> args) {
    String separator = args.size() > 1 ? text(args.get(1)) : "";
    StringBuilder joined = new StringBuilder();
    String between = "";
    for (Object part : list(args.getFirst())) {
      joined.append(between).append(text(part));
      checkLength(joined.length());
      between = separator;
    }
    return joined.toString();
  }

  static void checkLength(int characters) {
    Functions.checkSize((long) (characters * RuntimeCost.PER_CHARACTER));
  }

  private static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\u0007' -> out.append("\\a");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        case '\u000b' -> out.append("\\v");
        case '\\' -> out.append("\\\\");
        case '"' -> out.append("\\\"");
        default -> out.append(c);
      }
    }
    return out.append('"').toString();
  }
}
