package dev.navarch.tests.nodes;

import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Users, groups, capabilities, what is masked, filtered, shared with the node, and kernel
/// settings.
final class SecurityTrials {
  private static final String DEFAULT_CAPABILITIES = "00000000a80425fb";

  private SecurityTrials() {}

  static Stream<Trial> all() {
    return Stream.of(
            users(), groups(), capabilities(), privileges(), seccomp(), namespaces(), sysctls())
        .flatMap(s -> s);
  }

  private static Stream<Trial> users() {
    Stream<Trial> byId =
        IntStream.of(0, 1, 1234, 65534, 2147483647)
            .boxed()
            .flatMap(
                id ->
                    Stream.of(
                        Trial.of("user-%d-of-pod".formatted(id), "is uid %d $(id -u)".formatted(id))
                            .spec("securityContext: {runAsUser: %d}".formatted(id)),
                        Trial.of(
                                "user-%d-of-container".formatted(id),
                                "is uid %d $(id -u)".formatted(id))
                            .spec("securityContext: {runAsUser: 77}")
                            .container("securityContext: {runAsUser: %d}".formatted(id))));
    return Stream.concat(
        byId,
        Stream.of(
            Trial.of("group-of-pod", "is gid 3000 $(id -g)")
                .spec("securityContext: {runAsUser: 1000, runAsGroup: 3000}"),
            Trial.of("group-of-container", "is gid 4000 $(id -g)")
                .spec("securityContext: {runAsUser: 1000, runAsGroup: 3000}")
                .container("securityContext: {runAsGroup: 4000}"),
            Trial.of("group-by-image", "is gid 33 $(id -g)")
                .spec("securityContext: {runAsUser: 33}"),
            Trial.of("non-root", "is uid 1000 $(id -u)")
                .spec("securityContext: {runAsUser: 1000, runAsNonRoot: true}"),
            Trial.of("non-root-of-container", "is uid 1000 $(id -u)")
                .container("securityContext: {runAsUser: 1000, runAsNonRoot: true}")));
  }

  private static Stream<Trial> groups() {
    return Stream.of(
        Trial.of("supplemental-groups", "is groups '1000 5000 6000' \"$(id -G)\"")
            .spec(
                "securityContext: {runAsUser: 1000, runAsGroup: 1000, supplementalGroups: [5000, 6000]}"),
        Trial.of("supplemental-merge", "has groups 5000 \"$(id -G)\"")
            .spec(
                "securityContext: {runAsUser: 1000, supplementalGroups: [5000], supplementalGroupsPolicy: Merge}"),
        Trial.of(
                "fs-group-empty-dir",
                "is owner 0:3456 $(owner /v); is mode 2777 $(mode /v); can write touch /v/f; is file 1000:3456 $(owner /v/f); has groups 3456 \"$(id -G)\"")
            .spec("securityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 3456}")
            .volume("emptyDir: {}"),
        Trial.of("fs-group-memory", "is owner 0:3456 $(owner /v); can write touch /v/f")
            .spec("securityContext: {runAsUser: 1000, fsGroup: 3456}")
            .volume("emptyDir: {medium: Memory}"),
        Trial.of("fs-group-configmap", "is owner 0:3456 $(owner /v/colour); can read cat /v/colour")
            .spec("securityContext: {runAsUser: 1000, fsGroup: 3456}")
            .volume("configMap: {name: settings, defaultMode: 0400}"),
        Trial.of("fs-group-secret", "is mode 440 $(mode /v/password); can read cat /v/password")
            .spec("securityContext: {runAsUser: 1000, fsGroup: 3456}")
            .volume("secret: {secretName: hidden, defaultMode: 0400}"),
        Trial.of("fs-group-downward", "is owner 0:3456 $(owner /v/name); can read cat /v/name")
            .spec("securityContext: {runAsUser: 1000, fsGroup: 3456}")
            .volume(
                "downwardAPI: {defaultMode: 0400, items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}"),
        Trial.of("fs-group-root-differs", "is owner 0:3456 $(owner /v); can write touch /v/f")
            .spec(
                "securityContext: {runAsUser: 1000, fsGroup: 3456, fsGroupChangePolicy: OnRootMismatch}")
            .volume("emptyDir: {}"),
        Trial.of("fs-group-not-host-path", "is owner 0:0 $(owner /v)")
            .spec("securityContext: {fsGroup: 3456}")
            .volume("hostPath: {path: /proc/sys}"),
        Trial.of(
                "fs-group-token",
                "can read cat /var/run/secrets/kubernetes.io/serviceaccount/token; is group 0:3456 $(owner /var/run/secrets/kubernetes.io/serviceaccount/token)")
            .spec("securityContext: {runAsUser: 1000, fsGroup: 3456}"));
  }

  private static Stream<Trial> capabilities() {
    Map<String, Integer> granted =
        Map.of("CHOWN", 0, "KILL", 5, "SETUID", 7, "NET_RAW", 13, "MKNOD", 27, "AUDIT_WRITE", 29);
    Map<String, Integer> more =
        Map.of("NET_ADMIN", 12, "SYS_PTRACE", 19, "SYS_ADMIN", 21, "SYS_NICE", 23, "SYS_TIME", 25);
    Stream<Trial> dropped =
        granted.entrySet().stream()
            .map(
                one ->
                    Trial.of(
                            "drop-" + asName(one.getKey()),
                            "is capability 0 $(capability %d); lacks bounding 1 $(((0x$(status CapBnd) >> %d) & 1))"
                                .formatted(one.getValue(), one.getValue()))
                        .container(
                            "securityContext: {capabilities: {drop: [%s]}}"
                                .formatted(one.getKey())));
    Stream<Trial> added =
        more.entrySet().stream()
            .map(
                one ->
                    Trial.of(
                            "add-" + asName(one.getKey()),
                            "is capability 1 $(capability %d)".formatted(one.getValue()))
                        .container(
                            "securityContext: {capabilities: {add: [%s]}}"
                                .formatted(one.getKey())));
    Stream<Trial> sets =
        Stream.of(
            Trial.of(
                "capabilities-default",
                "is effective %s $(status CapEff); is ambient 0000000000000000 $(status CapAmb)"
                    .formatted(DEFAULT_CAPABILITIES)),
            Trial.of("drop-all", "is effective 0000000000000000 $(status CapEff)")
                .container("securityContext: {capabilities: {drop: [ALL]}}"),
            Trial.of(
                    "drop-all-add-one",
                    "is effective 0000000000000400 $(status CapEff); can listen httpd -p 80")
                .container(
                    "securityContext: {capabilities: {drop: [ALL], add: [NET_BIND_SERVICE]}}"),
            Trial.of(
                    "add-all", "is capability 1 $(capability 21); is capability 1 $(capability 12)")
                .container("securityContext: {capabilities: {add: [ALL]}}"),
            Trial.of(
                    "no-effective-for-user",
                    "is effective 0000000000000000 $(status CapEff); is bounding %s $(status CapBnd)"
                        .formatted(DEFAULT_CAPABILITIES))
                .spec("securityContext: {runAsUser: 1000}"),
            Trial.of("chown-refused", "touch /tmp/f; cannot chown chown 1 /tmp/f")
                .container("securityContext: {capabilities: {drop: [CHOWN]}}"));
    return Stream.of(dropped, added, sets).flatMap(s -> s);
  }

  private static Stream<Trial> privileges() {
    return Stream.of(
        Trial.of(
                "privileged",
                "is capability 1 $(capability 21); is filter 0 $(status Seccomp); can set sh -c 'echo x > /proc/sys/kernel/domainname'; can see test -e /dev/kmsg; can mount mount -t tmpfs none /mnt")
            .spec("hostname: p")
            .container(
                "securityContext: {privileged: true}\nvolumeMounts: [{name: m, mountPath: /mnt}]")
            .spec("volumes: [{name: m, emptyDir: {}}]"),
        Trial.of(
            "not-privileged",
            "cannot mount mount -t tmpfs none /tmp; cannot set sh -c 'echo x > /proc/sys/kernel/domainname'; cannot see test -e /dev/kmsg"),
        Trial.of("no-new-privileges", "is flag 1 $(status NoNewPrivs)")
            .container("securityContext: {allowPrivilegeEscalation: false}"),
        Trial.of("new-privileges", "is flag 0 $(status NoNewPrivs)")
            .container("securityContext: {allowPrivilegeEscalation: true}"),
        Trial.of("new-privileges-default", "is flag 0 $(status NoNewPrivs)"),
        Trial.of(
                "read-only-root",
                "cannot write touch /file; cannot tmp touch /tmp/file; can volume touch /v/f; can shm touch /dev/shm/f; has mount ro, \"$(mounted /)\"")
            .volume("emptyDir: {}")
            .container("securityContext: {readOnlyRootFilesystem: true}"),
        Trial.of("writable-root", "can write touch /file"),
        Trial.of(
            "masked",
            "is kcore '' \"$(head -c 8 /proc/kcore)\"; is keys '' \"$(cat /proc/keys)\"; is timers '' \"$(cat /proc/timer_list 2>/dev/null)\"; is firmware '' \"$(ls /sys/firmware)\"; has sys ro \"$(mounted /proc/sys)\"; has bus ro \"$(mounted /proc/bus)\""),
        Trial.of("proc-mount-default", "has sys ro \"$(mounted /proc/sys)\"")
            .container("securityContext: {procMount: Default}"),
        Trial.of("sys-read-only", "has sys ro \"$(mounted /sys)\""),
        Trial.of("sys-writable", "lacks sys ro, \"$(mounted /sys | cut -d' ' -f1)\"")
            .container("securityContext: {privileged: true}"));
  }

  private static Stream<Trial> seccomp() {
    return Stream.of(
        filtered("seccomp-default-of-pod", 2, "RuntimeDefault", true),
        filtered("seccomp-default-of-container", 2, "RuntimeDefault", false),
        filtered("seccomp-unconfined-of-pod", 0, "Unconfined", true),
        filtered("seccomp-unconfined-of-container", 0, "Unconfined", false),
        Trial.of("seccomp-unstated", "is filter 0 $(status Seccomp)"),
        Trial.of("seccomp-container-first", "is filter 0 $(status Seccomp)")
            .spec("securityContext: {seccompProfile: {type: RuntimeDefault}}")
            .container("securityContext: {seccompProfile: {type: Unconfined}}"),
        Trial.of("seccomp-localhost", "is filter 2 $(status Seccomp); cannot mkdir mkdir /tmp/x")
            .container(
                "securityContext: {seccompProfile: {type: Localhost, localhostProfile: profiles/no-mkdir.json}}"),
        Trial.of("apparmor-unconfined", "can run true")
            .spec("securityContext: {appArmorProfile: {type: Unconfined}}"));
  }

  private static Trial filtered(String name, int mode, String type, boolean ofPod) {
    Trial trial = Trial.of(name, "is filter %d $(status Seccomp)".formatted(mode));
    String stated = "securityContext: {seccompProfile: {type: %s}}".formatted(type);
    return ofPod ? trial.spec(stated) : trial.container(stated);
  }

  private static Stream<Trial> namespaces() {
    String other = "- {name: other, image: IMAGE, command: [sh, -c, \"sleep 3; true\"]}";
    return Stream.of(
        Trial.of(
                "own-processes",
                "is pid 1 $(awk '/^Pid:/ {print $2}' /proc/1/status); lacks others sl\"\"eep \"$(cat /proc/[0-9]*/cmdline)\"")
            .beside(other),
        Trial.of(
                "shared-processes",
                "has pause pause \"$(tr '\\0' ' ' </proc/1/cmdline)\"; soon other sh -c 'cat /proc/[0-9]*/cmdline | grep -q sl[e]ep'")
            .spec("shareProcessNamespace: true")
            .beside(other),
        Trial.of(
                "host-processes",
                "lacks init pause \"$(tr '\\0' ' ' </proc/1/cmdline)\"; can see sh -c 'cat /proc/[0-9]*/cmdline | grep -q contain[e]rd'")
            .spec("hostPID: true"),
        Trial.of("shared-ipc", "soon file test -e /dev/shm/mark")
            .beside(
                "- {name: other, image: IMAGE, command: [sh, -c, \"touch /dev/shm/mark; sleep 3\"]}"),
        Trial.of("host-ipc", "can read ls /dev/shm").spec("hostIPC: true"),
        Trial.of("host-users", "has map 4294967295 \"$(cat /proc/self/uid_map)\"")
            .spec("hostUsers: true"),
        Trial.of("runtime-class", "is host runtime-class \"$(hostname)\"")
            .spec("runtimeClassName: plain"));
  }

  private static Stream<Trial> sysctls() {
    Map<String, String> safe =
        Map.ofEntries(
            Map.entry("kernel.shm_rmid_forced", "1"),
            Map.entry("net.ipv4.ip_local_port_range", "40000 50000"),
            Map.entry("net.ipv4.tcp_syncookies", "0"),
            Map.entry("net.ipv4.ping_group_range", "0 1000"),
            Map.entry("net.ipv4.ip_unprivileged_port_start", "80"),
            Map.entry("net.ipv4.ip_local_reserved_ports", "41000"),
            Map.entry("net.ipv4.tcp_keepalive_time", "300"),
            Map.entry("net.ipv4.tcp_fin_timeout", "31"),
            Map.entry("net.ipv4.tcp_keepalive_intvl", "44"),
            Map.entry("net.ipv4.tcp_keepalive_probes", "4"),
            Map.entry("net.ipv4.tcp_rmem", "4096 65536 131072"),
            Map.entry("net.ipv4.tcp_wmem", "4096 65536 131072"));
    return safe.entrySet().stream()
        .map(
            one ->
                Trial.of(
                        "sysctl-" + asName(one.getKey()),
                        "is value '%s' \"$(tr '\\t' ' ' </proc/sys/%s)\""
                            .formatted(one.getValue(), one.getKey().replace('.', '/')))
                    .spec(
                        "securityContext: {sysctls: [{name: %s, value: \"%s\"}]}"
                            .formatted(one.getKey(), one.getValue())));
  }

  private static String asName(String name) {
    return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
  }
}
