package dev.navarch.tests.nodes;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/// Requests and limits as the kernel has them.
final class ResourceTrials {
  /// Without CAP_SYS_RESOURCE, a machine's containerd cannot go below its own score.
  private static final int LAST_TO_DIE = mayLowerScores() ? -997 : 0;

  private ResourceTrials() {}

  private static boolean mayLowerScores() {
    try {
      return Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("CapEff:"))
          .anyMatch(line -> ((Long.parseLong(line.substring(7).strip(), 16) >> 24) & 1) == 1);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Stream<Trial> all() {
    return Stream.of(memory(), cpu(), classes()).flatMap(s -> s);
  }

  private static Stream<Trial> memory() {
    Stream<Trial> limits =
        Stream.of("32Mi", "64M", "100Mi", "1Gi")
            .map(
                limit ->
                    Trial.of(
                            "memory-limit-" + limit.toLowerCase(java.util.Locale.ROOT),
                            "is limit %d $(memory_limit)".formatted(bytes(limit)))
                        .container("resources: {limits: {memory: %s}}".formatted(limit)));
    return Stream.concat(
        limits,
        Stream.of(
            Trial.of("memory-no-limit", "unlimited memory $(memory_limit)")
                .container("resources: {requests: {memory: 16Mi}}"),
            Trial.of("memory-own-limits", "is limit 67108864 $(memory_limit)")
                .container("resources: {limits: {memory: 64Mi}}")
                .beside(
                    "- {name: other, image: IMAGE, command: [\"true\"], resources: {limits:"
                        + " {memory: 32Mi}}}")));
  }

  /// Pages of 4096 bytes are what the kernel counts in.
  private static long bytes(String limit) {
    long bytes =
        io.fabric8.kubernetes.api.model.Quantity.getAmountInBytes(
                new io.fabric8.kubernetes.api.model.Quantity(limit))
            .longValueExact();
    return bytes / 4096 * 4096;
  }

  private static Stream<Trial> cpu() {
    Stream<Trial> limits =
        Stream.of("50m", "100m", "250m", "500m", "1", "1500m")
            .map(
                limit ->
                    Trial.of(
                            "cpu-limit-" + limit,
                            "is quota %d $(cpu_quota)".formatted(milli(limit) * 100))
                        .container(
                            "resources: {limits: {cpu: \"%s\"}, requests: {cpu: 10m}}"
                                .formatted(limit)));
    Stream<Trial> shares =
        Stream.of("1m", "100m", "250m", "500m")
            .map(
                request ->
                    Trial.of(
                            "cpu-request-" + request,
                            "cpu_shares_are %d; unlimited quota $(cpu_quota)"
                                .formatted(Math.max(2, milli(request) * 1024 / 1000)))
                        .container("resources: {requests: {cpu: %s}}".formatted(request)));
    return Stream.of(
            limits,
            shares,
            Stream.of(Trial.of("cpu-nothing", "cpu_shares_are 2; unlimited quota $(cpu_quota)")))
        .flatMap(s -> s);
  }

  private static long milli(String amount) {
    return amount.endsWith("m")
        ? Long.parseLong(amount.substring(0, amount.length() - 1))
        : Long.parseLong(amount) * 1000;
  }

  private static Stream<Trial> classes() {
    String score = "$(cat /proc/self/oom_score_adj)";
    return Stream.of(
        Trial.of("class-guaranteed", "is score %d %s".formatted(LAST_TO_DIE, score))
            .container("resources: {limits: {cpu: 50m, memory: 32Mi}}"),
        Trial.of("class-burstable", "between score 3 999 " + score)
            .container("resources: {requests: {memory: 32Mi}}"),
        Trial.of("class-best-effort", "is score 1000 " + score),
        Trial.of("class-of-critical", "is score %d %s".formatted(LAST_TO_DIE, score))
            .spec("priorityClassName: system-node-critical"),
        Trial.of(
                "pod-level-resources",
                "is memory 67108864 $(memory_limit); is quota 20000 $(cpu_quota); between score 3"
                    + " 999 "
                    + score)
            .spec(
                "resources: {limits: {memory: 64Mi, cpu: 200m}, requests: {memory: 32Mi, cpu:"
                    + " 50m}}"),
        Trial.of(
                "pod-level-and-own-limits",
                "is memory 33554432 $(memory_limit); is quota 20000 $(cpu_quota)")
            .spec("resources: {limits: {memory: 64Mi, cpu: 200m}, requests: {memory: 64Mi}}")
            .container("resources: {limits: {memory: 32Mi}, requests: {memory: 16Mi}}"),
        Trial.of("class-guaranteed-of-pod", "is score %d %s".formatted(LAST_TO_DIE, score))
            .spec("resources: {limits: {cpu: 50m, memory: 32Mi}}"),
        Trial.of("ephemeral-storage-limit", "can write dd if=/dev/zero of=/tmp/f bs=1k count=10")
            .container("resources: {limits: {ephemeral-storage: 64Mi}}"),
        Trial.of("overhead", "can run true").spec("runtimeClassName: heavy"));
  }
}
