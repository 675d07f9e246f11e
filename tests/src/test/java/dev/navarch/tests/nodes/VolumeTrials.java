package dev.navarch.tests.nodes;

import java.util.Map;
import java.util.stream.Stream;

/// What is mounted where, with which content, mode and owner.
final class VolumeTrials {
  private static final String TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount";

  private VolumeTrials() {}

  static Stream<Trial> all() {
    return Stream.of(
            empty(),
            host(),
            modes(),
            content(),
            downward(),
            projected(),
            claims(),
            parts(),
            mounts())
        .flatMap(s -> s);
  }

  private static Stream<Trial> empty() {
    String shared =
        "- {name: other, image: IMAGE, command: [sh, -c, \"echo hello > /w/file\"], volumeMounts:"
            + " [{name: v, mountPath: /w}]}";
    return Stream.of(
        Trial.of(
                "empty-dir",
                "is content '' \"$(ls /v)\"; is mode 777 $(mode /v); is owner 0:0 $(owner /v); can"
                    + " write touch /v/f")
            .volume("emptyDir: {}"),
        Trial.of("empty-dir-shared", "soon file grep -q hello /v/file")
            .volume("emptyDir: {}")
            .beside(shared),
        Trial.of("empty-dir-memory", "has type tmpfs \"$(mounted /v)\"; can write touch /v/f")
            .volume("emptyDir: {medium: Memory}"),
        Trial.of(
                "empty-dir-memory-limit",
                "is size 8192 $(df -k /v | awk 'END {print $2}'); cannot fill dd if=/dev/zero"
                    + " of=/v/f bs=1M count=9")
            .volume("emptyDir: {medium: Memory, sizeLimit: 8Mi}"),
        Trial.of("empty-dir-disk-limit", "can write dd if=/dev/zero of=/v/f bs=1k count=10")
            .volume("emptyDir: {sizeLimit: 8Mi}"),
        Trial.of("empty-dir-as-user", "can write touch /v/f; is owner 1000:1000 $(owner /v/f)")
            .spec("securityContext: {runAsUser: 1000, runAsGroup: 1000}")
            .volume("emptyDir: {}"),
        Trial.of(
                "empty-dir-twice",
                "echo x > /v/f; is other x \"$(cat /w/f)\"; cannot write touch /w/g")
            .spec("volumes: [{name: v, emptyDir: {}}]")
            .container(
                "volumeMounts: [{name: v, mountPath: /v}, {name: v, mountPath: /w, readOnly:"
                    + " true}]"));
  }

  private static Stream<Trial> host() {
    String base = NODE_FOLDER;
    return Stream.of(
        hosted("any", base + "/folder", "", "is file there \"$(cat /v/file)\""),
        hosted("folder", base + "/folder", "Directory", "can write touch /v/more"),
        hosted("new-folder", base + "/new-folder", "DirectoryOrCreate", "is mode 755 $(mode /v)"),
        hosted("file", base + "/folder/file", "File", "is content there \"$(cat /v)\""),
        hosted("new-file", base + "/new-file", "FileOrCreate", "is mode 644 $(mode /v)"),
        hosted("device", "/dev/null", "CharDevice", "can see test -c /v"),
        hosted("block", base + "/block", "BlockDevice", "can see test -b /v"),
        hosted("socket", base + "/socket", "Socket", "can see test -S /v"),
        Trial.of("host-path-read-only", "cannot write touch /v/x; has mount ro \"$(mounted /v)\"")
            .spec("volumes: [{name: v, hostPath: {path: %s/folder}}]".formatted(base))
            .container("volumeMounts: [{name: v, mountPath: /v, readOnly: true}]"));
  }

  /// A folder of the machine that the trials' host paths are in.
  static final String NODE_FOLDER =
      System.getProperty("java.io.tmpdir") + "/navarch-" + RealCluster.NAME + "/host";

  private static Trial hosted(String name, String path, String type, String script) {
    return Trial.of("host-path-" + name, script)
        .volume("hostPath: {path: %s, type: \"%s\"}".formatted(path, type));
  }

  private static Stream<Trial> modes() {
    return Stream.of("0400", "0440", "0444", "0600", "0644", "0755", "0777")
        .flatMap(
            mode -> {
              String expected = mode.substring(1);
              return Stream.of(
                  Trial.of(
                          "mode-%s-configmap".formatted(expected),
                          "is mode %s $(mode /v/colour)".formatted(expected))
                      .volume("configMap: {name: settings, defaultMode: %s}".formatted(mode)),
                  Trial.of(
                          "mode-%s-secret".formatted(expected),
                          "is mode %s $(mode /v/password)".formatted(expected))
                      .volume("secret: {secretName: hidden, defaultMode: %s}".formatted(mode)),
                  Trial.of(
                          "mode-%s-downward".formatted(expected),
                          "is mode %s $(mode /v/name)".formatted(expected))
                      .volume(
                          "downwardAPI: {defaultMode: %s, items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}"
                              .formatted(mode)),
                  Trial.of(
                          "mode-%s-projected".formatted(expected),
                          "is mode %s $(mode /v/colour)".formatted(expected))
                      .volume(
                          "projected: {defaultMode: %s, sources: [{configMap: {name: settings}}]}"
                              .formatted(mode)));
            });
  }

  private static Stream<Trial> content() {
    return Stream.of(
        Trial.of(
                "configmap",
                "is colour green \"$(cat /v/colour)\"; is size 7 \"$(cat /v/size)\"; is link"
                    + " ..data/colour \"$(readlink /v/colour)\"; is mode 644 $(mode /v/colour); is"
                    + " folder 777 $(mode /v); "
                    + readOnly("/v"))
            .volume("configMap: {name: settings}"),
        Trial.of("configmap-as-user", "can read cat /v/colour; is mode 644 $(mode /v/colour)")
            .spec("securityContext: {runAsUser: 1000}")
            .volume("configMap: {name: settings, items: [{key: colour, path: colour}]}"),
        Trial.of(
                "one-content-in-two-volumes",
                "is one s3cret \"$(cat /v/password)\"; is other s3cret \"$(cat /w/password)\"; is map green \"$(cat /x/colour)\"")
            .spec(
                "volumes: [{name: v, secret: {secretName: hidden}}, {name: w, projected: {sources: [{secret: {name: hidden}}]}}, {name: x, configMap: {name: settings}}]")
            .container(
                "volumeMounts: [{name: v, mountPath: /v}, {name: w, mountPath: /w}, {name: x, mountPath: /x}]"),
        Trial.of("configmap-binary", "is bytes '00ff10' \"$(xxd -p /v/raw)\"")
            .volume("configMap: {name: settings}"),
        Trial.of("configmap-immutable", "is word fixed \"$(cat /v/word)\"")
            .volume("configMap: {name: stone}"),
        Trial.of(
                "configmap-items",
                "is one green \"$(cat /v/deep/er/one)\"; is mode 600 $(mode /v/deep/er/one); is"
                    + " only deep \"$(ls /v)\"")
            .volume(
                "configMap: {name: settings, items: [{key: colour, path: deep/er/one, mode:"
                    + " 0600}]}"),
        Trial.of("configmap-optional", "is content '' \"$(ls /v)\"")
            .volume("configMap: {name: nobody, optional: true}"),
        Trial.of("configmap-optional-item", "is content '' \"$(ls /v)\"")
            .volume("configMap: {name: settings, optional: true, items: [{key: x, path: x}]}"),
        Trial.of(
                "secret",
                "is password s3cret \"$(cat /v/password)\"; is mode 644 $(mode /v/password); is"
                    + " folder 1777 $(mode /v); "
                    + inMemory("/v"))
            .volume("secret: {secretName: hidden}"),
        Trial.of("secret-items", "is it s3cret \"$(cat /v/a/b)\"; is mode 400 $(mode /v/a/b)")
            .volume(
                "secret: {secretName: hidden, items: [{key: password, path: a/b, mode: 0400}]}"),
        Trial.of("secret-optional", "is content '' \"$(ls /v)\"")
            .volume("secret: {secretName: nobody, optional: true}"));
  }

  private static Stream<Trial> downward() {
    Stream<Trial> fields =
        Map.of(
                "metadata.name", "downward-metadata-name",
                "metadata.namespace", "trials",
                "metadata.labels['tier']", "front",
                "metadata.annotations['note']", "two words",
                "metadata.labels", "tier=\"front\"",
                "metadata.annotations", "note=\"two words\"")
            .entrySet()
            .stream()
            .map(
                field ->
                    Trial.of(
                            "downward-"
                                + field.getKey().replaceAll("[^a-z]+", "-").replaceAll("-$", ""),
                            "is field '%s' \"$(cat /v/f)\"".formatted(field.getValue()))
                        .metadata("labels: {tier: front}\nannotations: {note: two words}")
                        .volume(
                            "downwardAPI: {items: [{path: f, fieldRef: {fieldPath: \"%s\"}}]}"
                                .formatted(field.getKey())));
    Stream<Trial> amounts =
        Map.of("limits.cpu", "300", "requests.cpu", "100").entrySet().stream()
            .map(
                amount ->
                    Trial.of(
                            "downward-" + amount.getKey().replace('.', '-'),
                            "is amount %s \"$(cat /v/f)\"".formatted(amount.getValue()))
                        .container("resources: {limits: {cpu: 300m}, requests: {cpu: 100m}}")
                        .volume(
                            "downwardAPI: {items: [{path: f, mode: 0640, resourceFieldRef: {containerName: main, resource: %s, divisor: 1m}}]}"
                                .formatted(amount.getKey())));
    Stream<Trial> unlimited =
        Stream.of("", "projected: {sources: [")
            .map(
                around ->
                    EnvironmentTrials.unlimited(
                        around.isEmpty() ? "downward-of-node" : "projected-of-node",
                        Trial.of("", "")
                            .volume(
                                around
                                    + (around.isEmpty() ? "" : "{")
                                    + "downwardAPI: {items: [{path: cpu, resourceFieldRef: {containerName: main, resource: limits.cpu}}, {path: memory, resourceFieldRef: {containerName: main, resource: limits.memory}}]}"
                                    + (around.isEmpty() ? "" : "}]}")),
                        "$(cat /v/cpu)",
                        "$(cat /v/memory)"));
    return Stream.of(fields, amounts, unlimited).flatMap(s -> s);
  }

  private static Stream<Trial> projected() {
    return Stream.of(
        Trial.of(
                "projected-all",
                "is map green \"$(cat /v/colour)\"; is secret s3cret \"$(cat /v/s/password)\"; is"
                    + " name projected-all \"$(cat /v/name)\"; is token 2 $(tr -cd . </v/token | wc"
                    + " -c); "
                    + inMemory("/v"))
            .volume(
                "projected: {sources: [{configMap: {name: settings}}, {secret: {name: hidden,"
                    + " items: [{key: password, path: s/password}]}}, {downwardAPI: {items: [{path:"
                    + " name, fieldRef: {fieldPath: metadata.name}}]}}, {serviceAccountToken:"
                    + " {path: token}}]}"),
        Trial.of(
                "projected-audience",
                "has audience '\"vault\"' \"$(cut -d. -f2 </v/token | tr '_-' '/+' | base64 -d"
                    + " 2>/dev/null)\"")
            .volume(
                "projected: {sources: [{serviceAccountToken: {path: token, audience: vault,"
                    + " expirationSeconds: 600}}]}"),
        Trial.of("projected-optional", "is content '' \"$(ls /v)\"")
            .volume(
                "projected: {sources: [{configMap: {name: nobody, optional: true}}, {secret: {name:"
                    + " nobody, optional: true}}]}"),
        Trial.of(
            "service-account",
            """
            is namespace trials "$(cat TOKEN/namespace)"
            has authority BEGIN "$(head -n 1 TOKEN/ca.crt)"
            is token 2 $(tr -cd . <TOKEN/token | wc -c)
            is mode 644 $(mode TOKEN/token)
            cannot write touch TOKEN/x
            """
                    .replace("TOKEN", TOKEN)
                + inMemory(TOKEN)),
        Trial.of("no-service-account", "cannot see test -e " + TOKEN)
            .spec("automountServiceAccountToken: false"),
        Trial.of(
                "own-service-account",
                "is account robot \"$A\"; can see test -s " + TOKEN + "/token")
            .spec("serviceAccountName: robot")
            .container(
                "env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.serviceAccountName}}}]"));
  }

  /// Nothing of it may reach a disk, and nobody changes it from inside.
  private static String inMemory(String path) {
    return readOnly(path) + "; has type tmpfs \"$(mounted $(readlink -f %s))\"".formatted(path);
  }

  private static String readOnly(String path) {
    return "has mount ro, \"$(mounted $(readlink -f %1$s) | cut -c 1-3)\"; cannot write touch %1$s/x; cannot remove rm -rf %1$s/..data"
        .formatted(path);
  }

  /// The volumes that they are bound to are among {@link Trials#OBJECTS}.
  private static Stream<Trial> claims() {
    return Stream.of(
        Trial.of("claim", "is file kept \"$(cat /v/file)\"; can write touch /v/more")
            .spec("initContainers:\n" + keeper("persistentVolumeClaim: {claimName: kept}"))
            .container("volumeMounts: [{name: v, mountPath: /v}]"),
        Trial.of("claim-read-only", "cannot write touch /v/x; has mount ro \"$(mounted /v)\"")
            .volume("persistentVolumeClaim: {claimName: kept, readOnly: true}"),
        Trial.of("claim-part", "is file kept \"$(cat /v/file)\"; is only file \"$(ls /v)\"")
            .spec(
                "initContainers: [{name: keep, image: IMAGE, command: [sh, -c, \"mkdir -p /w/part;"
                    + " echo kept > /w/part/file\"], volumeMounts: [{name: v, mountPath: /w}]}]\n"
                    + "volumes: [{name: v, persistentVolumeClaim: {claimName: kept}}]")
            .container("volumeMounts: [{name: v, mountPath: /v, subPath: part}]"),
        Trial.of(
                "claim-of-its-own",
                "can write sh -c 'echo x > /v/file'; is file x \"$(cat /v/file)\"")
            .volume(
                "ephemeral: {volumeClaimTemplate: {spec: {storageClassName: by-hand, accessModes:"
                    + " [ReadWriteOnce], resources: {requests: {storage: 1Mi}}}}}"));
  }

  private static String keeper(String volume) {
    return "- {name: keep, image: IMAGE, command: [sh, -c, \"echo kept > /w/file\"], volumeMounts: [{name: v, mountPath: /w}]}\nvolumes: [{name: v, %s}]"
        .formatted(volume);
  }

  private static Stream<Trial> parts() {
    String made =
        "initContainers: [{name: make, image: IMAGE, command: [sh, -c, \"mkdir -p /w/a/b; echo deep"
            + " > /w/a/b/file\"], volumeMounts: [{name: v, mountPath: /w}]}]\n"
            + "volumes: [{name: v, emptyDir: {}}]";
    return Stream.of(
        Trial.of("sub-path-folder", "is file deep \"$(cat /v/file)\"")
            .spec(made)
            .container("volumeMounts: [{name: v, mountPath: /v, subPath: a/b}]"),
        Trial.of("sub-path-file", "is file deep \"$(cat /etc/deep)\"")
            .spec(made)
            .container("volumeMounts: [{name: v, mountPath: /etc/deep, subPath: a/b/file}]"),
        Trial.of("sub-path-made", "is content '' \"$(ls /v)\"; can write touch /v/f")
            .spec(made)
            .container("volumeMounts: [{name: v, mountPath: /v, subPath: not/yet}]"),
        Trial.of("sub-path-read-only", "cannot write touch /v/f")
            .spec(made)
            .container("volumeMounts: [{name: v, mountPath: /v, subPath: a, readOnly: true}]"),
        Trial.of(
                "sub-path-configmap",
                "is colour green \"$(cat /etc/colour)\"; is folder tmp \"$(ls -d /tmp | tr -d /)\"")
            .spec("volumes: [{name: v, configMap: {name: settings}}]")
            .container("volumeMounts: [{name: v, mountPath: /etc/colour, subPath: colour}]"),
        Trial.of("sub-path-downward", "is name sub-path-downward \"$(cat /etc/me)\"")
            .spec(
                "volumes: [{name: v, downwardAPI: {items: [{path: deep/name, fieldRef: {fieldPath: metadata.name}}]}}]")
            .container("volumeMounts: [{name: v, mountPath: /etc/me, subPath: deep/name}]"),
        Trial.of("sub-path-projected", "is colour green \"$(cat /v/colour)\"")
            .spec(
                "volumes: [{name: v, projected: {sources: [{configMap: {name: settings, items: [{key: colour, path: in/colour}]}}]}}]")
            .container("volumeMounts: [{name: v, mountPath: /v, subPath: in}]"),
        Trial.of(
                "sub-path-over-file",
                "is user green \"$(cat /etc/passwd)\"; can see test -e /etc/group")
            .spec("volumes: [{name: v, configMap: {name: settings}}]")
            .container("volumeMounts: [{name: v, mountPath: /etc/passwd, subPath: colour}]"),
        Trial.of("sub-path-secret", "is password s3cret \"$(cat /etc/word)\"")
            .spec("volumes: [{name: v, secret: {secretName: hidden}}]")
            .container("volumeMounts: [{name: v, mountPath: /etc/word, subPath: password}]"),
        Trial.of(
                "sub-path-expression",
                "touch /v/f; can see test -e /all/logs/sub-path-expression/f")
            .spec("volumes: [{name: v, emptyDir: {}}]")
            .container(
                "env: [{name: POD, valueFrom: {fieldRef: {fieldPath: metadata.name}}}]\n"
                    + "volumeMounts: [{name: v, mountPath: /v, subPathExpr: logs/$(POD)}, {name: v,"
                    + " mountPath: /all}]"));
  }

  private static Stream<Trial> mounts() {
    return Stream.of(
        Trial.of("mount-private", "lacks shared shared: \"$(mounted /v)\"")
            .spec("volumes: [{name: v, hostPath: {path: %s/folder}}]".formatted(NODE_FOLDER))
            .container("volumeMounts: [{name: v, mountPath: /v, mountPropagation: None}]"),
        Trial.of("mount-from-host", "has master master: \"$(mounted /v)\"")
            .spec("volumes: [{name: v, hostPath: {path: %s/folder}}]".formatted(NODE_FOLDER))
            .container(
                "volumeMounts: [{name: v, mountPath: /v, mountPropagation: HostToContainer}]"),
        Trial.of("mount-both-ways", "has shared shared: \"$(mounted /v)\"")
            .spec("volumes: [{name: v, hostPath: {path: %s/folder}}]".formatted(NODE_FOLDER))
            .container(
                "securityContext: {privileged: true}\n"
                    + "volumeMounts: [{name: v, mountPath: /v, mountPropagation: Bidirectional}]"),
        Trial.of(
                "mount-in-mount", "is inner green \"$(cat /v/inner/colour)\"; can write touch /v/f")
            .spec("volumes: [{name: v, emptyDir: {}}, {name: w, configMap: {name: settings}}]")
            .container("volumeMounts: [{name: w, mountPath: /v/inner}, {name: v, mountPath: /v}]"),
        Trial.of("mount-over-file", "is hosts green \"$(cat /etc/hosts)\"")
            .spec("volumes: [{name: v, configMap: {name: settings}}]")
            .container("volumeMounts: [{name: v, mountPath: /etc/hosts, subPath: colour}]"),
        Trial.of("termination-log", "can write sh -c 'echo ok > /dev/termination-log'"),
        Trial.of("termination-log-elsewhere", "can write sh -c 'echo ok > /tmp/last-word'")
            .container("terminationMessagePath: /tmp/last-word"),
        Trial.of(
            "shared-memory", "has type tmpfs \"$(mounted /dev/shm)\"; can write touch /dev/shm/f"));
  }
}
