package dev.navarch.node.images;

import java.util.regex.Pattern;

/// Some images, as credential providers name theirs: `*.registry.example:5000/team`. A star stands
/// for a part of one label of the host; a path has to begin the image's.
///
/// @param port empty for any
/// @param path empty for any
record ImagePattern(Pattern host, String port, String path) {

  static ImagePattern parse(String text) {
    String bare = text.replaceFirst("^https?://", "");
    int slash = bare.indexOf('/');
    String where = slash < 0 ? bare : bare.substring(0, slash);
    int colon = where.lastIndexOf(':');
    String host = colon < 0 ? where : where.substring(0, colon);
    if (host.isEmpty() || !host.matches("[A-Za-z0-9.*_-]+")) {
      throw new IllegalArgumentException(
          "found \"%s\", expected a registry as \"*.registry.example/team\"".formatted(text));
    }
    String pattern = Pattern.quote(host).replace("*", "\\E[^.]*\\Q");
    return new ImagePattern(
        Pattern.compile(pattern),
        colon < 0 ? "" : where.substring(colon + 1),
        slash < 0 ? "" : bare.substring(slash));
  }

  /// @param place a registry with the repository: `registry.example:5000/team/app`
  boolean matches(String place) {
    int slash = place.indexOf('/');
    String where = place.substring(0, slash);
    int colon = where.lastIndexOf(':');
    String actual = colon < 0 ? where : where.substring(0, colon);
    String actualPort = colon < 0 ? "" : where.substring(colon + 1);
    return host.matcher(actual).matches()
        && (port.isEmpty() || port.equals(actualPort))
        && place.substring(slash).startsWith(path);
  }
}
