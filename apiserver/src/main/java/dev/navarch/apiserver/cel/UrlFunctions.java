package dev.navarch.apiserver.cel;

import static dev.navarch.apiserver.cel.StandardFunctions.text;

import dev.navarch.apiserver.cel.Functions.Function;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// URLs and their parts. As upstream, a URL is absolute or is a path that begins with a slash.
final class UrlFunctions {
  private UrlFunctions() {}

  record Url(URI uri) implements Values.Opaque {
    @Override
    public String typeName() {
      return "kubernetes.URL";
    }

    @Override
    public String toString() {
      return uri.toString();
    }
  }

  static Map<String, Function> functions() {
    return Map.of(
        "url", args -> new Url(parse(text(args.getFirst()))),
        "isURL", args -> isUrl(text(args.getFirst())),
        "getScheme", args -> orEmpty(uri(args).getScheme()),
        "getHost", args -> host(uri(args)),
        "getHostname", args -> hostname(uri(args)),
        "getPort", args -> uri(args).getPort() < 0 ? "" : String.valueOf(uri(args).getPort()),
        "getEscapedPath", args -> orEmpty(uri(args).getRawPath()),
        "getQuery", args -> query(orEmpty(uri(args).getRawQuery())));
  }

  private static URI uri(List<Object> args) {
    if (args.getFirst() instanceof Url(URI uri)) {
      return uri;
    }
    throw EvaluationFailed.noSuchOverload();
  }

  private static URI parse(String text) {
    try {
      URI uri = new URI(text.replace(" ", "%20"));
      if (!uri.isAbsolute() && !text.startsWith("/")) {
        throw new EvaluationFailed(
            "URL parse error during conversion from string: parse \"%s\": invalid URI for request"
                .formatted(text));
      }
      return uri;
    } catch (URISyntaxException e) {
      throw new EvaluationFailed(
          "URL parse error during conversion from string: parse \"%s\": %s"
              .formatted(text, e.getReason()));
    }
  }

  private static boolean isUrl(String text) {
    try {
      parse(text);
      return true;
    } catch (EvaluationFailed e) {
      return false;
    }
  }

  private static String host(URI uri) {
    String authority = orEmpty(uri.getRawAuthority());
    return authority.substring(authority.lastIndexOf('@') + 1);
  }

  private static String hostname(URI uri) {
    String host = orEmpty(uri.getHost());
    return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
  }

  private static Map<Object, Object> query(String raw) {
    Map<Object, List<Object>> all = new TreeMap<>();
    for (String part : raw.isEmpty() ? new String[0] : raw.split("&")) {
      int equals = part.indexOf('=');
      String key = equals < 0 ? part : part.substring(0, equals);
      all.computeIfAbsent(decode(key), missing -> new ArrayList<>())
          .add(equals < 0 ? "" : decode(part.substring(equals + 1)));
    }
    return Map.copyOf(all);
  }

  private static String decode(String text) {
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return text;
    }
  }

  private static String orEmpty(@org.jspecify.annotations.Nullable String text) {
    return text == null ? "" : text;
  }
}
