package dev.navarch.apiserver.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Door 14, CVE-2023-2431: a profile of the machine's that has no name confined nothing.
class SeccompTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "%s, containers: [{name: a, image: x}] | spec",
        "containers: [{name: a, image: x, %s}] | spec.containers[0]",
        "containers: [{name: a, image: x}], initContainers: [{name: i, image: x, %s}] |"
            + " spec.initContainers[0]"
      })
  void aLocalProfileHasAName(String spec, String place) {
    for (String profile : new String[] {"", ", localhostProfile: ''"}) {
      assertThat(errors(spec, profile))
          .contains(
              place
                  + ".securityContext.seccompProfile.localhostProfile: Required value: must be set"
                  + " when seccomp type is Localhost");
    }
    assertThat(errors(spec, ", localhostProfile: ../../all.json"))
        .contains("must not contain '..'");
    assertThat(errors(spec, ", localhostProfile: mine.json")).isEmpty();
  }

  private static String errors(String spec, String profile) {
    return String.join(
        ", ",
        Given.yaml(
                "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: d}, spec: {%s}}"
                    .formatted(
                        spec.formatted(
                            "securityContext: {seccompProfile: {type: Localhost%s}}"
                                .formatted(profile))))
            .errors());
  }
}
