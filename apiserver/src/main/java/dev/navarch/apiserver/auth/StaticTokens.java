package dev.navarch.apiserver.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// Tokens out of a file with lines `token,user,uid,"group1,group2"`. Only their hashes are kept, so
/// looking one up takes the same time whatever it resembles.
public final class StaticTokens {
  public static final StaticTokens NONE = new StaticTokens(Map.of());
  private final Map<String, User> users;

  private StaticTokens(Map<String, User> users) {
    this.users = users;
  }

  public static StaticTokens read(Path file) {
    try {
      return new StaticTokens(
          Files.readAllLines(file).stream()
              .filter(line -> !line.isBlank() && !line.startsWith("#"))
              .map(line -> line.split(",", 4))
              .peek(parts -> check(file, parts))
              .collect(
                  Collectors.toUnmodifiableMap(
                      parts -> hash(parts[0].strip()), StaticTokens::user)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void check(Path file, String[] parts) {
    if (parts.length < 3) {
      throw new IllegalArgumentException(
          "%s: expected token,user,uid[,\"groups\"], found %d columns"
              .formatted(file, parts.length));
    }
  }

  private static User user(String[] parts) {
    List<String> groups =
        parts.length < 4
            ? List.of()
            : Arrays.stream(parts[3].replace("\"", "").split(","))
                .map(String::strip)
                .filter(each -> !each.isEmpty())
                .toList();
    return Authenticator.authenticated(
        new User(parts[1].strip(), parts[2].strip(), groups, Map.of()));
  }

  public Optional<User> find(String token) {
    return users.isEmpty() ? Optional.empty() : Optional.ofNullable(users.get(hash(token)));
  }

  private static String hash(String token) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(UTF_8));
      return new String(digest, ISO_8859_1);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
