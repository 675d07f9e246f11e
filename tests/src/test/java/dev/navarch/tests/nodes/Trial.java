package dev.navarch.tests.nodes;

import java.util.stream.Collectors;

/// A pod that looks at itself: its script, with the words of /lib/expect, checks from inside that
/// it got what its spec asks for, says what it found instead, and ends with 0 only if all is right.
///
/// @param metadata further fields of the pod's metadata, as lines of YAML; so are the others
/// @param spec of the pod's spec
/// @param container of the container that runs the script
/// @param others further containers of the pod, as items of a list
/// @param script in shell
record Trial(
    String name, String metadata, String spec, String container, String others, String script) {

  static Trial of(String name, String script) {
    return new Trial(name, "", "", "", "", script);
  }

  Trial metadata(String lines) {
    return new Trial(name, lines, spec, container, others, script);
  }

  Trial spec(String lines) {
    return new Trial(name, metadata, spec + lines + "\n", container, others, script);
  }

  Trial container(String lines) {
    return new Trial(name, metadata, spec, container + lines + "\n", others, script);
  }

  Trial beside(String items) {
    return new Trial(name, metadata, spec, container, items, script);
  }

  /// A volume, mounted at /v.
  Trial volume(String source) {
    return spec("volumes: [{name: v, " + source + "}]")
        .container("volumeMounts: [{name: v, mountPath: /v}]");
  }

  /// The pod's manifest.
  String manifest() {
    return """
        apiVersion: v1
        kind: Pod
        metadata:
          name: %s
        %sspec:
        %s%s%s  containers:
          - name: main
            image: "%s"
            terminationMessagePolicy: FallbackToLogsOnError
            command:
            - sh
            - -c
            - |
              . /lib/expect
        %s%s%s"""
        .formatted(
            name,
            indented(metadata, 2),
            unless("restartPolicy:", "  restartPolicy: Never\n"),
            unless("terminationGracePeriodSeconds:", "  terminationGracePeriodSeconds: 2\n"),
            indented(spec, 2),
            RealCluster.IMAGE,
            indented(script, 6),
            indented(container, 4),
            indented(others, 2));
  }

  private String unless(String stated, String line) {
    return spec.lines().anyMatch(own -> own.startsWith(stated)) ? "" : line;
  }

  private static String indented(String lines, int by) {
    return lines
        .replace("IMAGE", '"' + RealCluster.IMAGE + '"')
        .lines()
        .filter(line -> !line.isBlank())
        .map(line -> " ".repeat(by) + line + "\n")
        .collect(Collectors.joining());
  }
}
