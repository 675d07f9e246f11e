package dev.navarch.tests.nodes;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// kubectl as a user runs it, in one namespace of the suite's cluster.
record Kubectl(Path program, Path home, String namespace) {
  private static final long LIMIT_SECONDS = 60;
  private static final JsonMapper JSON = new JsonMapper();

  /// The first of these programs that is on the path, or beside the kubectl that is.
  static Optional<Path> find(String name) {
    Stream<Path> folders = Stream.of(System.getenv("PATH").split(File.pathSeparator)).map(Path::of);
    return folders
        .flatMap(
            folder ->
                Stream.of(
                    folder.resolve(name), real(folder.resolve("kubectl")).resolveSibling(name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static Path real(Path program) {
    try {
      return program.toRealPath();
    } catch (java.io.IOException missing) {
      return program;
    }
  }

  Kubectl version(Path other) {
    return new Kubectl(other, home, namespace);
  }

  /// Starts a command and leaves it running.
  Running start(String... words) {
    return Running.start(environment(), command(words));
  }

  Running.Ended run(String... words) {
    return start(words).finish(LIMIT_SECONDS);
  }

  String ok(String... words) {
    return run(words).succeeded();
  }

  /// On a terminal.
  Running.Ended onTerminal(String input, String... words) {
    String line =
        String.join(" ", Stream.of(command(words)).map(word -> "'" + word + "'").toList());
    return Running.start(environment(), "script", "-qefc", line, "/dev/null")
        .finish(input, LIMIT_SECONDS);
  }

  void apply(String yaml) {
    start("apply", "-f", "-").finish(yaml, LIMIT_SECONDS).succeeded();
  }

  void create(String yaml) {
    start("create", "-f", "-").finish(yaml, LIMIT_SECONDS).succeeded();
  }

  JsonNode get(String kind, String name) {
    return JSON.readTree(ok("get", kind, name, "-o", "json"));
  }

  /// Runs a line of shell in a pod.
  String in(String pod, String line) {
    return ok("exec", pod, "--", "sh", "-c", line);
  }

  private String[] command(String... words) {
    return Stream.concat(
            List.of(program.toString(), "--namespace=" + namespace).stream(), Stream.of(words))
        .toArray(String[]::new);
  }

  private Map<String, String> environment() {
    return Map.of("KUBECONFIG", home.resolve("kubeconfig").toString(), "HOME", home.toString());
  }
}
