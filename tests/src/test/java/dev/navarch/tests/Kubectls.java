package dev.navarch.tests;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.ArgumentsProvider;
import org.junit.jupiter.params.support.ParameterDeclarations;

/// The kubectl programs of this machine, one of each version: those on the path, `kubectl.1.*`
/// beside them, and Debian's as `./navarch test` unpacks it into `target/kubectl`. Tests take the
/// oldest, 1.27 and the newest; with `-Dnavarch.kubectl=all` they take every one.
final class Kubectls implements ArgumentsProvider {
  private static final int MIDDLE = 27;
  private static final Path UNPACKED = Path.of("target", "kubectl").toAbsolutePath();
  private static final Pattern VERSION = Pattern.compile("\"gitVersion\": \"v1\\.(\\d+)\\.");

  /// @param minor 27 for v1.27
  record Binary(Path path, int minor) {
    @Override
    public String toString() {
      return "kubectl 1." + minor + " (" + path + ")";
    }
  }

  @Override
  public Stream<? extends Arguments> provideArguments(
      ParameterDeclarations parameters, ExtensionContext context) {
    return chosen().stream().map(Arguments::of);
  }

  static List<Binary> chosen() {
    SortedMap<Integer, Binary> all = find();
    if (all.isEmpty() || "all".equals(System.getProperty("navarch.kubectl"))) {
      return List.copyOf(all.values());
    }
    return all.values().stream()
        .filter(
            one ->
                one.minor() == all.firstKey()
                    || one.minor() == MIDDLE
                    || one.minor() == all.lastKey())
        .toList();
  }

  private static SortedMap<Integer, Binary> find() {
    SortedMap<Integer, Binary> found = new TreeMap<>();
    for (Path path : candidates()) {
      minor(path).ifPresent(minor -> found.putIfAbsent(minor, new Binary(path, minor)));
    }
    return found;
  }

  private static List<Path> candidates() {
    List<Path> candidates = new ArrayList<>();
    for (Path folder : folders()) {
      try (Stream<Path> files = Files.list(folder)) {
        files
            .filter(file -> file.getFileName().toString().matches("kubectl\\.1\\.\\d+"))
            .sorted()
            .forEach(candidates::add);
      } catch (IOException unreadable) {
        continue;
      }
      candidates.add(folder.resolve("kubectl"));
    }
    return candidates.stream().filter(Files::isExecutable).toList();
  }

  /// The folders of the path, and those where the links in them lead to.
  private static List<Path> folders() {
    return Stream.concat(
            Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":")),
            Stream.of("/usr/bin", UNPACKED.toString()))
        .filter(folder -> !folder.isEmpty())
        .map(folder -> Path.of(folder, "kubectl"))
        .filter(Files::isExecutable)
        .flatMap(link -> Stream.of(real(link), link))
        .map(Kubectls::folder)
        .distinct()
        .toList();
  }

  private static Path folder(Path file) {
    Path parent = file.getParent();
    return parent == null ? Path.of("/") : parent;
  }

  private static Path real(Path link) {
    try {
      return link.toRealPath();
    } catch (IOException broken) {
      return link;
    }
  }

  private static Optional<Integer> minor(Path kubectl) {
    try {
      Process process =
          new ProcessBuilder(kubectl.toString(), "version", "--client", "-o", "json").start();
      String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      Matcher version = VERSION.matcher(text);
      return version.find() ? Optional.of(Integer.parseInt(version.group(1))) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }
}
