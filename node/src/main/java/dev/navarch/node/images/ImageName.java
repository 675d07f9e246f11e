package dev.navarch.node.images;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A reference to an image, as users write it.
///
/// @param registry empty when the reference names none
/// @param text what the runtime is asked for: with a tag or a digest
public record ImageName(String registry, String repository, String text) {
  private static final String LABEL = "(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])";
  private static final String HOST =
      LABEL + "(?:\\." + LABEL + ")*(?::[0-9]+)?|\\[[a-fA-F0-9:]+\\](?::[0-9]+)?";
  private static final String PART = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  private static final Pattern REPOSITORY = Pattern.compile(PART + "(?:/" + PART + ")*");
  private static final Pattern TAG = Pattern.compile("\\w[\\w.-]{0,127}");
  private static final Pattern DIGEST =
      Pattern.compile("[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}");
  private static final Pattern REGISTRY = Pattern.compile(HOST);

  private static final String DEFAULT_REGISTRY = "docker.io";

  /// Registry and repository, also where the user left the registry out.
  String place() {
    String path =
        registry.isEmpty() && !repository.contains("/") ? "library/" + repository : repository;
    return (registry.isEmpty() ? DEFAULT_REGISTRY : registry) + "/" + path;
  }

  /// Empty when it is no reference at all.
  public static Optional<ImageName> parse(String reference) {
    int at = reference.indexOf('@');
    String named = at < 0 ? reference : reference.substring(0, at);
    if (at >= 0 && !DIGEST.matcher(reference.substring(at + 1)).matches()) {
      return Optional.empty();
    }
    int colon = named.lastIndexOf(':');
    boolean tagged = colon > named.lastIndexOf('/');
    String path = tagged ? named.substring(0, colon) : named;
    if (tagged && !TAG.matcher(named.substring(colon + 1)).matches()) {
      return Optional.empty();
    }
    int slash = path.indexOf('/');
    String first = slash < 0 ? "" : path.substring(0, slash);
    boolean hosted = first.contains(".") || first.contains(":") || first.equals("localhost");
    String repository = hosted ? path.substring(slash + 1) : path;
    Matcher host = REGISTRY.matcher(first);
    if (!REPOSITORY.matcher(repository).matches() || (hosted && !host.matches())) {
      return Optional.empty();
    }
    String text = tagged || at >= 0 ? reference : reference + ":latest";
    return Optional.of(new ImageName(hosted ? first : "", repository, text));
  }
}
