package dev.navarch.tests.nodes;

import java.util.stream.Stream;

/// Containers that start one after the other, come back, are asked to end, and are looked after by
/// probes. What a run cannot see of itself, it leaves in a volume for the next one.
final class LifecycleTrials {
  private static final String NOTES = "volumes: [{name: notes, emptyDir: {}}]";
  private static final String MOUNT = "volumeMounts: [{name: notes, mountPath: /notes}]";

  private LifecycleTrials() {}

  static Stream<Trial> all() {
    return Stream.of(beginnings(), restarts(), sidecars(), hooks(), probes()).flatMap(s -> s);
  }

  /// An item of a list of containers that runs a line of shell over the notes.
  private static String other(String name, String line, String more) {
    return "- {name: %s, image: IMAGE, command: [sh, -c, \"%s\"], volumeMounts: [{name: notes, mountPath: /notes}]%s}\n"
        .formatted(name, line, more.isEmpty() ? "" : ", " + more);
  }

  private static String first(String... containers) {
    return NOTES + "\ninitContainers:\n" + String.join("", containers);
  }

  private static Trial noted(String name, String script) {
    return Trial.of(name, script).container(MOUNT);
  }

  private static Stream<Trial> beginnings() {
    return Stream.of(
        noted("init", "is notes made \"$(cat /notes/n)\"")
            .spec(first(other("one", "echo made > /notes/n", ""))),
        noted("init-order", "is order 123 \"$(cat /notes/n)\"")
            .spec(
                first(
                    other("one", "printf 1 >> /notes/n", ""),
                    other("two", "printf 2 >> /notes/n", ""),
                    other("three", "printf 3 >> /notes/n", ""))),
        noted("init-alone", "is wait over \"$(cat /notes/n)\"")
            .spec(first(other("one", "sleep 2; echo over > /notes/n", ""))),
        noted("init-retried", "is tries xx \"$(cat /notes/n)\"")
            .spec(
                "restartPolicy: OnFailure\n"
                    + first(other("one", "printf x >> /notes/n; [ $(wc -c < /notes/n) = 2 ]", ""))),
        noted("init-env", "is name init-env \"$(cat /notes/n)\"")
            .spec(
                first(
                    other(
                        "one",
                        "echo $A > /notes/n",
                        "env: [{name: A, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]"))),
        noted("together", "echo x > /notes/a; soon other test -e /notes/b")
            .spec(NOTES)
            .beside(
                other("other", "until test -e /notes/a; do sleep 0.1; done; touch /notes/b", "")));
  }

  private static Stream<Trial> restarts() {
    String count = "printf x >> /notes/n; ";
    return Stream.of(
        noted("restart-on-failure", count + "is runs 2 $(wc -c </notes/n)")
            .spec("restartPolicy: OnFailure\n" + NOTES),
        noted("restart-of-container", count + "is runs 2 $(wc -c </notes/n)")
            .spec("restartPolicy: Never\n" + NOTES)
            .container("restartPolicy: OnFailure"),
        noted("restart-by-rule", count + "[ $(wc -c </notes/n) = 2 ] || { trap - EXIT; exit 42; }")
            .spec(NOTES)
            .container(
                "restartPolicy: Never\nrestartPolicyRules: [{action: Restart, exitCodes: {operator: In, values: [42]}}]"),
        noted("restart-keeps-volume", count + "is runs 2 $(wc -c </notes/n)")
            .spec("restartPolicy: OnFailure\nvolumes: [{name: notes, emptyDir: {medium: Memory}}]"),
        noted(
                "restart-forgets-root",
                count + "cannot see test -e /mark; touch /mark; is runs 2 $(wc -c </notes/n)")
            .spec("restartPolicy: OnFailure\n" + NOTES),
        Trial.of("deadline-not-reached", "can run true").spec("activeDeadlineSeconds: 600"),
        Trial.of("priority", "can run true").spec("priorityClassName: system-node-critical"),
        Trial.of("readiness-gate", "can run true")
            .spec("readinessGates: [{conditionType: example.com/ready}]"));
  }

  private static Stream<Trial> sidecars() {
    String always = "restartPolicy: Always";
    return Stream.of(
        noted("sidecar-first", "is notes up \"$(cat /notes/n)\"")
            .spec(
                first(
                    other(
                        "side",
                        "sleep 1; echo up > /notes/n; hold",
                        always
                            + ", startupProbe: {exec: {command: [test, -e, /notes/n]}, periodSeconds: 1}"))),
        noted("sidecar-ends-last", "soon sidecar test -e /notes/n")
            .spec(first(other("side", "echo up > /notes/n; hold", always))),
        noted("sidecar-before-init", "is order si \"$(cat /notes/n)\"")
            .spec(
                first(
                    other(
                        "side",
                        "printf s >> /notes/n; hold",
                        always
                            + ", startupProbe: {exec: {command: [test, -e, /notes/n]}, periodSeconds: 1}"),
                    other("init", "printf i >> /notes/n", ""))),
        noted("sidecar-comes-back", "soon runs sh -c '[ $(wc -c </notes/n) -ge 2 ]'")
            .spec(
                first(
                    other(
                        "side",
                        "printf s >> /notes/n; [ $(wc -c < /notes/n) -ge 2 ] && hold",
                        always))),
        noted("sidecar-serves", "soon answer wget -qO- http://127.0.0.1:8123/cgi-bin/who")
            .spec(first(other("side", "serve 8123", always))));
  }

  /// A container that is found dead once: its first run waits for that, its second one looks at
  /// what the first one's end left.
  private static Trial ended(String name, String lifecycle, String atFirst, String afterwards) {
    return noted(
            name,
            "if [ -e /notes/again ]; then\n%s\nelse\ntouch /notes/again\n%s\nfi"
                .formatted(afterwards, atFirst))
        .spec("restartPolicy: OnFailure\nterminationGracePeriodSeconds: 5\n" + NOTES)
        .container(
            lifecycle
                + "livenessProbe: {exec: {command: [sh, -c, \"! test -e /notes/again || test -e /notes/left\"]}, periodSeconds: 1, failureThreshold: 1}");
  }

  private static Stream<Trial> hooks() {
    String wait = "hold; miss 'the end did not come'";
    return Stream.of(
        noted("post-start-exec", "soon hook test -e /notes/hook")
            .spec(NOTES)
            .container("lifecycle: {postStart: {exec: {command: [touch, /notes/hook]}}}"),
        Trial.of(
                "post-start-http",
                "serve 8124 & soon asked test -e /tmp/asked; kill $!; has header X_MARK=seen \"$(grep MARK /tmp/asked)\"")
            .container(
                "ports: [{name: web, containerPort: 8124}]\nlifecycle: {postStart: {exec: {command: [sh, -c, \"until wget -qO- --header 'X-Mark: seen' http://127.0.0.1:8124/cgi-bin/who; do sleep 0.1; done\"]}}}"),
        Trial.of(
                "post-start-http-get",
                "soon asked test -e /tmp/asked; has query QUERY_STRING=from=hook \"$(cat /tmp/asked)\"")
            .spec(
                "volumes: [{name: tmp, emptyDir: {}}]\ninitContainers: [{name: side, image: IMAGE, restartPolicy: Always, command: [serve, \"8130\"], volumeMounts: [{name: tmp, mountPath: /tmp}], startupProbe: {tcpSocket: {port: 8130}, periodSeconds: 1}}]")
            .container(
                "volumeMounts: [{name: tmp, mountPath: /tmp}]\nlifecycle: {postStart: {httpGet: {path: \"/cgi-bin/who?from=hook\", port: 8130}}}"),
        ended(
            "pre-stop-http-get",
            "ports: [{name: web, containerPort: 8131}]\nlifecycle: {preStop: {httpGet: {path: \"/cgi-bin/who?from=hook\", port: web, httpHeaders: [{name: X-Mark, value: seen}]}}}\n",
            "serve 8131 & trap 'cp /tmp/asked /notes/left; exit 3' TERM; while :; do sleep 0.1; done",
            "has query QUERY_STRING=from=hook \"$(cat /notes/left)\"; has header HTTP_X_MARK=seen \"$(cat /notes/left)\""),
        Trial.of("post-start-sleep", "sleep 2")
            .container("lifecycle: {postStart: {sleep: {seconds: 1}}}"),
        ended(
            "pre-stop-exec",
            "lifecycle: {preStop: {exec: {command: [touch, /notes/left]}}}\n",
            wait,
            "can see test -e /notes/left"),
        ended(
            "pre-stop-sleep",
            "lifecycle: {preStop: {sleep: {seconds: 1}}}\n",
            "trap 'date +%s > /notes/left; exit 3' TERM; date +%s > /notes/start; while :; do sleep 0.1; done",
            "between seconds 1 30 $(($(cat /notes/left) - $(cat /notes/start)))"),
        ended(
            "stop-by-default-signal",
            "",
            "trap 'echo TERM > /notes/left; exit 3' TERM; while :; do sleep 0.1; done",
            "is signal TERM \"$(cat /notes/left)\""),
        ended(
                "stop-signal",
                "lifecycle: {stopSignal: SIGUSR1}\n",
                "trap 'echo USR1 > /notes/left; exit 3' USR1; trap 'echo TERM > /notes/left; exit 3' TERM; while :; do sleep 0.1; done",
                "is signal USR1 \"$(cat /notes/left)\"")
            .spec("os: {name: linux}"));
  }

  /// Its liveness is looked at once its startup probe has succeeded, and not before.
  private static Trial started(String name, String serve, String probe) {
    return noted(name, serve + "\nsoon started test -e /notes/live; kill %1 2>/dev/null || true")
        .spec(NOTES)
        .container(
            "startupProbe: {%s, periodSeconds: 1, timeoutSeconds: 5, failureThreshold: 60}\nlivenessProbe: {exec: {command: [touch, /notes/live]}, periodSeconds: 1}"
                .formatted(probe));
  }

  private static Stream<Trial> probes() {
    String serve = "serve 8125 & soon asked test -e /tmp/asked; kill $!; ";
    return Stream.of(
        noted("probe-startup", "soon probe test -e /notes/startup; soon then test -e /notes/live")
            .spec(NOTES)
            .container(
                "startupProbe: {exec: {command: [touch, /notes/startup]}, periodSeconds: 1}\nlivenessProbe: {exec: {command: [sh, -c, \"test -e /notes/startup && touch /notes/live\"]}, periodSeconds: 1}"),
        noted("probe-readiness", "soon probe test -e /notes/ready")
            .spec(NOTES)
            .container(
                "readinessProbe: {exec: {command: [touch, /notes/ready]}, periodSeconds: 1}"),
        noted(
                "probe-delay",
                "date +%s > /notes/start; soon probe test -e /notes/at; between delay 2 20 $(($(cat /notes/at) - $(cat /notes/start)))")
            .spec(NOTES)
            .container(
                "readinessProbe: {exec: {command: [sh, -c, \"date +%s > /notes/at\"]}, initialDelaySeconds: 3, periodSeconds: 30}"),
        Trial.of("probe-http", serve + "has query 'QUERY_STRING=a=b' \"$(cat /tmp/asked)\"")
            .container(
                "readinessProbe: {httpGet: {path: \"/cgi-bin/who?a=b\", port: 8125}, periodSeconds: 1}"),
        Trial.of("probe-http-header", serve + "has header HTTP_X_MARK=seen \"$(cat /tmp/asked)\"")
            .container(
                "readinessProbe: {httpGet: {path: /cgi-bin/who, port: 8125, httpHeaders: [{name: X-Mark, value: seen}]}, periodSeconds: 1}"),
        Trial.of("probe-http-name", serve + "has agent kube-probe \"$(cat /tmp/asked)\"")
            .container(
                "ports: [{name: web, containerPort: 8125}]\nlivenessProbe: {httpGet: {path: /cgi-bin/who, port: web}, periodSeconds: 1, failureThreshold: 30}"),
        Trial.of("probe-http-from-node", serve + "has caller 'REMOTE_ADDR=' \"$(cat /tmp/asked)\"")
            .container(
                "startupProbe: {httpGet: {path: /cgi-bin/who, port: 8125, scheme: HTTP}, periodSeconds: 1, timeoutSeconds: 2}"),
        started("probe-grpc", "serve-grpc 8127 &", "grpc: {port: 8127}"),
        started("probe-grpc-service", "serve-grpc 8128 &", "grpc: {port: 8128, service: shop}"),
        started(
            "probe-https",
            "",
            "httpGet: {scheme: HTTPS, host: %s0.1, port: 443, path: /livez}"
                .formatted(RealCluster.SERVICES)),
        Trial.of("probe-tcp", "can hear timeout 30 nc -l -p 8126")
            .container("readinessProbe: {tcpSocket: {port: 8126}, periodSeconds: 1}"),
        ended(
            "probe-liveness-kills",
            "",
            "trap 'touch /notes/left; exit 3' TERM; while :; do sleep 0.1; done",
            "can see test -e /notes/again"),
        noted(
                "probe-failures-counted",
                "if [ -e /notes/again ]; then between asks 3 20 $(wc -c </notes/asks); else touch /notes/again; hold; fi")
            .spec("restartPolicy: OnFailure\nterminationGracePeriodSeconds: 1\n" + NOTES)
            .container(
                "livenessProbe: {exec: {command: [sh, -c, \"printf x >> /notes/asks; false\"]}, periodSeconds: 1, failureThreshold: 3, terminationGracePeriodSeconds: 1}"));
  }
}
