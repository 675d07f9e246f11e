package dev.navarch.tests.nodes;

import java.util.Map;
import java.util.stream.Stream;

/// Variables, commands and folders that containers start with.
final class EnvironmentTrials {
  private static final String ABOUT =
      "labels: {tier: front, \"example.com/team\": blue}\nannotations: {note: \"two words\"}";

  private EnvironmentTrials() {}

  static Stream<Trial> all() {
    Trial open =
        Trial.of("", "")
            .container(
                "env: [{name: CPU, valueFrom: {resourceFieldRef: {resource: limits.cpu}}}, {name: MEMORY, valueFrom: {resourceFieldRef: {resource: limits.memory}}}]");
    return Stream.of(
            variables(),
            sources(),
            fields(),
            resources(),
            Stream.of(unlimited("env-resource-of-node", open, "$CPU", "$MEMORY")),
            commands())
        .flatMap(s -> s);
  }

  private static Stream<Trial> variables() {
    return Stream.of(
        Trial.of("env-value", "is A one \"$A\"; is empty '' \"${EMPTY-unset}\"")
            .container("env: [{name: A, value: one}, {name: EMPTY}]"),
        Trial.of("env-expands", "is BOTH one-two \"$BOTH\"; is LATE '$''(NEVER)' \"$LATE\"")
            .container(
                "env: [{name: A, value: one}, {name: B, value: two}, {name: BOTH, value: $(A)-$(B)}, {name: LATE, value: $(NEVER)}]"),
        Trial.of("env-escape", "is ESCAPED '$''(A)' \"$ESCAPED\"")
            .container("env: [{name: A, value: one}, {name: ESCAPED, value: $$(A)}]"),
        Trial.of("env-order", "is EARLY '$''(A)' \"$EARLY\"")
            .container("env: [{name: EARLY, value: $(A)}, {name: A, value: one}]"),
        Trial.of("env-last-wins", "is A two \"$A\"")
            .container("env: [{name: A, value: one}, {name: A, value: two}]"),
        Trial.of("env-hostname", "is HOSTNAME env-hostname \"$HOSTNAME\""),
        Trial.of("env-path", "has PATH /bin \"$PATH\""),
        Trial.of(
            "env-services",
            """
            has KUBERNETES_SERVICE_HOST . "$KUBERNETES_SERVICE_HOST"
            is KUBERNETES_SERVICE_PORT 443 "$KUBERNETES_SERVICE_PORT"
            has FRONT_DOOR_SERVICE_HOST . "$FRONT_DOOR_SERVICE_HOST"
            is FRONT_DOOR_SERVICE_PORT 8080 "$FRONT_DOOR_SERVICE_PORT"
            is FRONT_DOOR_SERVICE_PORT_WEB 8080 "$FRONT_DOOR_SERVICE_PORT_WEB"
            is FRONT_DOOR_PORT "tcp://$FRONT_DOOR_SERVICE_HOST:8080" "$FRONT_DOOR_PORT"
            is FRONT_DOOR_PORT_8080_TCP_PROTO tcp "$FRONT_DOOR_PORT_8080_TCP_PROTO\""""),
        Trial.of(
                "env-no-service-links",
                "is FRONT_DOOR_PORT '' \"$FRONT_DOOR_PORT\"; is KUBERNETES_SERVICE_PORT 443 \"$KUBERNETES_SERVICE_PORT\"")
            .spec("enableServiceLinks: false"));
  }

  private static Stream<Trial> sources() {
    return Stream.of(
        from("configmap", "configMapKeyRef: {name: settings, key: colour}", "green"),
        from("secret", "secretKeyRef: {name: hidden, key: password}", "s3cret"),
        from("immutable", "configMapKeyRef: {name: stone, key: word}", "fixed"),
        from("optional-map", "configMapKeyRef: {name: nobody, key: x, optional: true}", ""),
        from("optional-key", "configMapKeyRef: {name: settings, key: x, optional: true}", ""),
        from("optional-secret", "secretKeyRef: {name: nobody, key: x, optional: true}", ""),
        Trial.of("env-from-configmap", "is colour green \"$colour\"; is size 7 \"$size\"")
            .container("envFrom: [{configMapRef: {name: settings}}]"),
        Trial.of("env-from-prefix", "is S_colour green \"$S_colour\"; is colour '' \"$colour\"")
            .container("envFrom: [{prefix: S_, configMapRef: {name: settings}}]"),
        prefixed("digit", "1-"),
        prefixed("signs", "$_-.a"),
        prefixed("more-signs", "#!@%^&*~|"),
        Trial.of("env-file-key", "is COLOUR 'deep  green' \"$COLOUR\"; is none '' \"$NONE\"")
            .spec(
                "volumes: [{name: v, emptyDir: {}}]\n"
                    + "initContainers: [{name: write, image: IMAGE, command: [sh, -c, \"echo"
                    + " \\\"COLOUR='deep  green'\\\" > /v/env\"], volumeMounts: [{name: v,"
                    + " mountPath: /v}]}]")
            .container(
                "env: [{name: COLOUR, valueFrom: {fileKeyRef: {volumeName: v, path: env, key:"
                    + " COLOUR}}}, {name: NONE, valueFrom: {fileKeyRef: {volumeName: v, path: env,"
                    + " key: NONE, optional: true}}}]"),
        Trial.of(
                "env-from-secret-prefix",
                "has variable '%.password=s3cret' \"$(tr '\\0' '\\n' </proc/$$/environ)\"")
            .container("envFrom: [{prefix: \"%.\", secretRef: {name: hidden}}]"),
        Trial.of("env-from-secret", "is password s3cret \"$password\"")
            .container("envFrom: [{secretRef: {name: hidden}}]"),
        Trial.of("env-from-optional", "is colour '' \"$colour\"")
            .container(
                "envFrom: [{configMapRef: {name: nobody, optional: true}}, {secretRef: {name: nobody, optional: true}}]"),
        Trial.of("env-before-from", "is colour red \"$colour\"")
            .container(
                "envFrom: [{configMapRef: {name: settings}}]\nenv: [{name: colour, value: red}]"),
        Trial.of("env-later-from", "is colour blue \"$colour\"; is size 7 \"$size\"")
            .container(
                "envFrom: [{configMapRef: {name: settings}}, {configMapRef: {name: more}}]"));
  }

  /// No shell knows such a variable, so the kernel is asked.
  private static Trial prefixed(String name, String prefix) {
    return Trial.of(
            "env-from-prefix-" + name,
            "has variable '%scolour=green' \"$(tr '\\0' '\\n' </proc/$$/environ)\""
                .formatted(prefix))
        .container("envFrom: [{prefix: \"%s\", configMapRef: {name: settings}}]".formatted(prefix));
  }

  private static Trial from(String name, String source, String expected) {
    return Trial.of("env-key-" + name, "is A '" + expected + "' \"$A\"")
        .container("env: [{name: A, valueFrom: {" + source + "}}]");
  }

  private static Stream<Trial> fields() {
    return Map.ofEntries(
            Map.entry("metadata.name", "is name env-field-metadata-name \"$A\""),
            Map.entry("metadata.namespace", "is namespace trials \"$A\""),
            Map.entry("metadata.uid", "is length 36 ${#A}"),
            Map.entry("metadata.labels['tier']", "is tier front \"$A\""),
            Map.entry("metadata.labels['example.com/team']", "is team blue \"$A\""),
            Map.entry("metadata.annotations['note']", "is note 'two words' \"$A\""),
            Map.entry("spec.nodeName", "has nodeName node \"$A\""),
            Map.entry("spec.serviceAccountName", "is account default \"$A\""),
            Map.entry("status.hostIP", "has hostIP " + RealCluster.NODES + " \"$A\""),
            Map.entry("status.hostIPs", "has hostIPs " + RealCluster.NODES + " \"$A\""),
            Map.entry("status.podIP", "is podIP \"$(hostname -i)\" \"$A\""),
            Map.entry("status.podIPs", "is podIPs \"$(hostname -i)\" \"$A\""))
        .entrySet()
        .stream()
        .map(
            field ->
                Trial.of("env-field-" + asName(field.getKey()), field.getValue())
                    .metadata(ABOUT)
                    .container(
                        "env: [{name: A, valueFrom: {fieldRef: {fieldPath: \"%s\"}}}]"
                            .formatted(field.getKey())));
  }

  private static Stream<Trial> resources() {
    return Stream.of(
            new String[] {"limits.cpu", "0", "1"},
            new String[] {"limits.cpu", "1m", "300"},
            new String[] {"requests.cpu", "1m", "100"},
            new String[] {"limits.memory", "1Mi", "64"},
            new String[] {"limits.memory", "0", "67108864"},
            new String[] {"requests.memory", "1Ki", "32768"},
            new String[] {"limits.ephemeral-storage", "1Mi", "256"},
            new String[] {"requests.ephemeral-storage", "1Mi", "128"})
        .map(
            row ->
                Trial.of(
                        "env-resource-%s-by-%s"
                            .formatted(asName(row[0]), row[1].toLowerCase(java.util.Locale.ROOT)),
                        "is A %s \"$A\"".formatted(row[2]))
                    .container(
                        """
                        resources: {limits: {cpu: 300m, memory: 64Mi, ephemeral-storage: 256Mi}, requests: {cpu: 100m, memory: 32Mi, ephemeral-storage: 128Mi}}
                        env: [{name: A, valueFrom: {resourceFieldRef: {resource: %s, divisor: "%s"}}}]"""
                            .formatted(row[0], row[1])));
  }

  /// Whoever has no limit of its own may use what the node offers.
  static Trial unlimited(String name, Trial pod, String cpu, String memory) {
    return new Trial(
        name,
        pod.metadata(),
        pod.spec(),
        pod.container(),
        pod.others(),
        "is processors $(nproc) %s; between memory 100000000 $((1024 * $(awk '/^MemTotal/ {print $2}' /proc/meminfo))) %s"
            .formatted(cpu, memory));
  }

  private static Stream<Trial> commands() {
    return Stream.of(
        Trial.of("working-dir", "is folder /var \"$PWD\"").container("workingDir: /var"),
        Trial.of("working-dir-made", "is folder /new/place \"$PWD\"")
            .container("workingDir: /new/place"),
        Trial.of("args", "is first one \"$0\"; is second 'two words' \"$1\"")
            .container("args: [one, \"two words\"]"),
        Trial.of("args-expand", "is first green \"$0\"; is escaped '$''(C)' \"$1\"")
            .container("env: [{name: C, value: green}]\nargs: [$(C), $$(C)]"),
        Trial.of("no-input", "is input '' \"$(cat)\"; cannot terminal tty"),
        Trial.of("terminal", "can terminal tty; has name /dev/ \"$(tty)\"")
            .container("tty: true\nstdin: true"));
  }

  private static String asName(String path) {
    return path.replaceAll("[^A-Za-z0-9]+", "-")
        .replaceAll("-$", "")
        .toLowerCase(java.util.Locale.ROOT);
  }
}
