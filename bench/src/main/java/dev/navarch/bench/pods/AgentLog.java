package dev.navarch.bench.pods;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What an agent says in its log of where the time of pods' starts went.
record AgentLog(Path file) {
  private static final Pattern STARTED =
      Pattern.compile(
          "pod runs pod=\"default/([^\"]+)\" syncMs=\"(\\d+)\" sandboxMs=\"(\\d+)\""
              + " createMs=\"(\\d+)\" startMs=\"(\\d+)\" statusMs=\"(\\d+)\"");

  /// Milliseconds of one pod's start.
  ///
  /// @param sync the agent's own work and its questions to the runtime
  /// @param sandbox with its network
  /// @param status until the API had acknowledged that the pod runs
  record Start(
      String pod, double sync, double sandbox, double create, double start, double status) {}

  List<Start> starts(String prefix) throws IOException {
    try (Stream<String> lines = Files.lines(file)) {
      return lines
          .map(STARTED::matcher)
          .filter(Matcher::find)
          .map(
              at ->
                  new Start(
                      at.group(1),
                      Double.parseDouble(at.group(2)),
                      Double.parseDouble(at.group(3)),
                      Double.parseDouble(at.group(4)),
                      Double.parseDouble(at.group(5)),
                      Double.parseDouble(at.group(6))))
          .filter(start -> start.pod().startsWith(prefix))
          .toList();
    }
  }
}
