package dev.navarch.apiserver.cache;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;

/// Puts an object's resourceVersion into its JSON, as the first field of `metadata`. In the store
/// an object stands without one, because its revision is known only once it is there.
public final class WireBytes {
  private static final byte[] METADATA = "\"metadata\"".getBytes(UTF_8);
  private static final byte[] FIELD = "\"resourceVersion\":\"".getBytes(UTF_8);

  private WireBytes() {}

  /// The same object at this revision. Takes bytes from the store and bytes that went through here
  /// before; what is no object with metadata comes back as it is.
  public static byte[] at(long revision, byte[] json) {
    int start = insideMetadata(json);
    if (start < 0) {
      return json;
    }
    int rest =
        startsWith(json, start, FIELD) ? endOfString(json, start + FIELD.length - 1) + 1 : start;
    if (rest >= json.length) {
      return json;
    }
    boolean alone = json[rest] == '}';
    boolean comma = rest == start && !alone;
    byte[] number = Long.toString(revision).getBytes(UTF_8);
    int inserted = FIELD.length + number.length + 1 + (comma ? 1 : 0);
    byte[] wire = Arrays.copyOf(json, start + inserted + json.length - rest);
    int at = start;
    System.arraycopy(FIELD, 0, wire, at, FIELD.length);
    at += FIELD.length;
    System.arraycopy(number, 0, wire, at, number.length);
    at += number.length;
    wire[at++] = '"';
    if (comma) {
      wire[at++] = ',';
    }
    System.arraycopy(json, rest, wire, at, json.length - rest);
    return wire;
  }

  /// Where the fields of the outermost `metadata` begin; negative when there is none.
  private static int insideMetadata(byte[] json) {
    int depth = 0;
    boolean name = false;
    for (int i = 0; i < json.length; i++) {
      switch (json[i]) {
        case '{', '[' -> name = ++depth == 1;
        case '}', ']' -> depth--;
        case ',' -> name = depth == 1;
        case ':' -> name = false;
        case '"' -> {
          int end = endOfString(json, i);
          if (name && end - i == METADATA.length - 1 && startsWith(json, i, METADATA)) {
            return firstField(json, end + 1);
          }
          i = end;
        }
        default -> {}
      }
    }
    return -1;
  }

  private static int firstField(byte[] json, int at) {
    int i = skipSpace(json, at);
    if (i < json.length && json[i] == ':') {
      i = skipSpace(json, i + 1);
      if (i < json.length && json[i] == '{') {
        i = skipSpace(json, i + 1);
        return i < json.length ? i : -1;
      }
    }
    return -1;
  }

  private static int skipSpace(byte[] json, int at) {
    int i = at;
    while (i < json.length && json[i] <= ' ' && json[i] >= 0) {
      i++;
    }
    return i;
  }

  /// The closing quote of the string that opens at `quote`.
  private static int endOfString(byte[] json, int quote) {
    int i = quote + 1;
    while (i < json.length && json[i] != '"') {
      i += json[i] == '\\' ? 2 : 1;
    }
    return i;
  }

  private static boolean startsWith(byte[] json, int at, byte[] what) {
    return at + what.length <= json.length
        && Arrays.equals(json, at, at + what.length, what, 0, what.length);
  }
}
