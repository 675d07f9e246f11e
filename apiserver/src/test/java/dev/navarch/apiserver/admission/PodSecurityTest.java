package dev.navarch.apiserver.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodSecurityTest {
  private static final String FINE =
      "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, containers:"
          + " [{name: a, image: x, securityContext: {allowPrivilegeEscalation: false, capabilities:"
          + " {drop: [ALL]}}}]";

  private static void admit(String level, String spec) {
    admit(level, "latest", spec);
  }

  private static void admit(String level, String version, String spec) {
    var namespaces =
        FixedLister.of(
            Namespace.class,
            "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels:"
                + " {pod-security.kubernetes.io/enforce: %s, pod-security.kubernetes.io/enforce-version: %s}}}"
                    .formatted(level, version));
    new PodSecurity(namespaces, FixedLister.of(Pod.class))
        .validate(
            Asked.create(
                "{apiVersion: v1, kind: Pod, spec: {%s}%s}"
                    .formatted(
                        spec,
                        spec.contains("metadata:")
                            ? ""
                            : ", metadata: {name: p, namespace: shop}")));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "baseline | containers: [{name: a, image: x, securityContext: {privileged: true}}] |"
            + " privileged (container \"a\" must not set securityContext.privileged=true)",
        "baseline | hostNetwork: true, hostPID: true, containers: [{name: a, image: x}] | host"
            + " namespaces (hostNetwork=true, hostPID=true)",
        "baseline | volumes: [{name: v, hostPath: {path: /}}], containers: [{name: a, image: x}] |"
            + " hostPath volumes (volume \"v\")",
        "baseline | containers: [{name: a, image: x, ports: [{containerPort: 80, hostPort: 80}]},"
            + " {name: b, image: x, ports: [{containerPort: 81, hostPort: 81}]}] | hostPort"
            + " (containers \"a\", \"b\" use hostPorts 80, 81)",
        "baseline | containers: [{name: a, image: x, securityContext: {capabilities: {add:"
            + " [NET_ADMIN]}}}] | non-default capabilities (container \"a\" must not include"
            + " \"NET_ADMIN\" in securityContext.capabilities.add)",
        "baseline | securityContext: {sysctls: [{name: kernel.msgmax, value: '1'}]}, containers:"
            + " [{name: a, image: x}] | forbidden sysctls (kernel.msgmax)",
        "baseline | securityContext: {seccompProfile: {type: Unconfined}}, containers: [{name: a,"
            + " image: x}] | seccompProfile (pod must not set securityContext.seccompProfile.type"
            + " to \"Unconfined\")",
        "baseline | containers: [{name: a, image: x, livenessProbe: {httpGet: {port: 80, host:"
            + " 10.0.0.1}}, lifecycle: {preStop: {httpGet: {port: 80, host: b}}}}] | probe or"
            + " lifecycle host (container \"a\" uses probe or lifecycle hosts \"10.0.0.1\", \"b\")",
        "restricted | containers: [{name: a, image: x}] | allowPrivilegeEscalation != false"
            + " (container \"a\" must set securityContext.allowPrivilegeEscalation=false),"
            + " unrestricted capabilities (container \"a\" must set"
            + " securityContext.capabilities.drop=[\"ALL\"]), runAsNonRoot != true (pod or"
            + " container \"a\" must set securityContext.runAsNonRoot=true), seccompProfile (pod or"
            + " container \"a\" must set securityContext.seccompProfile.type to \"RuntimeDefault\""
            + " or \"Localhost\")",
      })
  void saysWhatBreaksTheStandard(String level, String spec, String findings) {
    assertThatThrownBy(() -> admit(level, spec))
        .hasMessage(
            "pods \"p\" is forbidden: violates PodSecurity \"%s:latest\": %s"
                .formatted(level, findings));
  }

  /// The first version in which a pod is judged otherwise, and how: `+` for let in from then on.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "baseline | 27 + | securityContext: {sysctls: [{name: net.ipv4.ip_local_reserved_ports,"
            + " value: '1'}]}, containers: [{name: a, image: x}]",
        "baseline | 29 + | securityContext: {sysctls: [{name: net.ipv4.tcp_keepalive_time, value:"
            + " '1'}]}, containers: [{name: a, image: x}]",
        "baseline | 32 + | securityContext: {sysctls: [{name: net.ipv4.tcp_rmem, value: '1'}]},"
            + " containers: [{name: a, image: x}]",
        "baseline | 31 + | containers: [{name: a, image: x, securityContext: {seLinuxOptions:"
            + " {type: container_engine_t}}}]",
        "baseline | 34 - | containers: [{name: a, image: x, livenessProbe: {httpGet: {port: 80,"
            + " host: 10.0.0.1}}}]",
        "baseline | 19 - | securityContext: {seccompProfile: {type: Unconfined}}, containers:"
            + " [{name: a, image: x}]",
        "restricted | 8 - | securityContext: {runAsNonRoot: true, seccompProfile: {type:"
            + " RuntimeDefault}}, containers: [{name: a, image: x, securityContext: {capabilities:"
            + " {drop: [ALL]}}}]",
        "restricted | 19 - | securityContext: {runAsNonRoot: true}, containers: [{name: a, image:"
            + " x, securityContext: {allowPrivilegeEscalation: false, capabilities: {drop:"
            + " [ALL]}}}]",
        "restricted | 22 - | securityContext: {runAsNonRoot: true, seccompProfile: {type:"
            + " RuntimeDefault}}, containers: [{name: a, image: x, securityContext:"
            + " {allowPrivilegeEscalation: false}}]",
        "restricted | 23 - | securityContext: {runAsNonRoot: true, runAsUser: 0, seccompProfile:"
            + " {type: RuntimeDefault}}, containers: [{name: a, image: x, securityContext:"
            + " {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]",
        "restricted | 25 + | os: {name: windows}, securityContext: {runAsNonRoot: true},"
            + " containers: [{name: a, image: x}]",
      })
  void aNamespaceMayStayWithAnOlderVersion(String level, String change, String spec) {
    int minor = Integer.parseInt(change.substring(0, change.indexOf(' ')));
    String before = "v1." + (minor - 1);
    String from = "v1." + minor;
    boolean opens = change.endsWith("+");

    assertThatNoException().isThrownBy(() -> admit(level, opens ? from : before, spec));
    assertThatNoException().isThrownBy(() -> admit(level, opens ? "v1.999999999" : before, spec));
    assertThatThrownBy(() -> admit(level, opens ? before : from, spec))
        .hasMessageContaining(
            "violates PodSecurity \"%s:%s\"".formatted(level, opens ? before : from));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "v1.18 | seccomp.security.alpha.kubernetes.io/pod: unconfined | seccompProfile (forbidden"
            + " annotation seccomp.security.alpha.kubernetes.io/pod=\"unconfined\")",
        "v1.0 | container.seccomp.security.alpha.kubernetes.io/a: mine | seccompProfile (forbidden"
            + " annotation container.seccomp.security.alpha.kubernetes.io/a=\"mine\")",
        "v1.18 | container.seccomp.security.alpha.kubernetes.io/a: localhost/mine |",
        "v1.18 | container.seccomp.security.alpha.kubernetes.io/other: unconfined |",
        "v1.19 | seccomp.security.alpha.kubernetes.io/pod: unconfined |",
        "latest | container.apparmor.security.beta.kubernetes.io/a: unconfined | forbidden AppArmor"
            + " profile (container.apparmor.security.beta.kubernetes.io/a=\"unconfined\")",
        "latest | container.apparmor.security.beta.kubernetes.io/a: runtime/default |",
      })
  void olderPodsNameTheirProfilesInAnnotations(String version, String annotation, String finding) {
    String spec =
        "containers: [{name: a, image: x}]}, metadata: {name: p, namespace: shop, annotations: {%s}"
            .formatted(annotation);
    if (finding == null) {
      assertThatNoException().isThrownBy(() -> admit("baseline", version, spec));
    } else {
      assertThatThrownBy(() -> admit("baseline", version, spec)).hasMessageEndingWith(finding);
    }
  }

  @Test
  void capabilitiesOfTheBaselineHoldWhereTheStricterOnesDoNotYet() {
    String added =
        "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}},"
            + " containers: [{name: a, image: x, securityContext: {allowPrivilegeEscalation: false,"
            + " capabilities: {add: [%s]}}}]";
    assertThatNoException()
        .isThrownBy(() -> admit("restricted", "v1.21", added.formatted("CHOWN")));
    assertThatThrownBy(() -> admit("restricted", "v1.21", added.formatted("SYS_ADMIN")))
        .hasMessageContaining("non-default capabilities");
  }

  @Test
  void letsInWhatKeepsToIt() {
    assertThatNoException().isThrownBy(() -> admit("restricted", FINE));
    assertThatNoException()
        .isThrownBy(() -> admit("baseline", "containers: [{name: a, image: x}]"));
    assertThatNoException()
        .isThrownBy(
            () ->
                admit(
                    "privileged",
                    "containers: [{name: a, image: x, securityContext: {privileged: true}}]"));
  }

  @Test
  void volumesOfTheNodeAreForNobody() {
    assertThatThrownBy(
            () -> admit("restricted", FINE + ", volumes: [{name: v, hostPath: {path: /}}]"))
        .hasMessageContaining(
            "restricted volume types (volume \"v\" uses restricted volume type \"hostPath\")");
  }

  private static List<String> warnings(Lister<Pod> pods, AdmissionPlugin.Request request) {
    var namespaces =
        FixedLister.of(
            Namespace.class,
            "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels:"
                + " {pod-security.kubernetes.io/warn: restricted,"
                + " pod-security.kubernetes.io/warn-version: v1.30}}}");
    List<String> said = new ArrayList<>();
    Warnings.to(said::add).during(() -> new PodSecurity(namespaces, pods).validate(request));
    return said;
  }

  @Test
  void warnsOfPodsAndOfWhatMakesThem() {
    String pod = "containers: [{name: a, image: x}]";
    String start = "would violate PodSecurity \"restricted:v1.30\": allowPrivilegeEscalation";
    assertThat(
            warnings(
                FixedLister.of(Pod.class),
                Asked.create(
                    "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {%s}}"
                        .formatted(pod))))
        .singleElement(InstanceOfAssertFactories.STRING)
        .startsWith(start);
    assertThat(
            warnings(
                FixedLister.of(Pod.class),
                Asked.create(
                    "{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, namespace: shop},"
                        + " spec: {template: {spec: {%s}}}}".formatted(pod))))
        .singleElement(InstanceOfAssertFactories.STRING)
        .startsWith(start);
    assertThat(
            warnings(
                FixedLister.of(Pod.class),
                Asked.create(
                    "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {%s}}"
                        .formatted(FINE))))
        .isEmpty();
  }

  @Test
  void aStricterNamespaceIsToldOfItsPods() {
    String pod =
        "{apiVersion: v1, kind: Pod, metadata: {name: %s, namespace: shop}, spec: {%s containers:"
            + " [{name: a, image: x}]}}";
    assertThat(
            warnings(
                FixedLister.of(
                    Pod.class,
                    pod.formatted("one", "hostNetwork: true,"),
                    pod.formatted("two", "hostNetwork: true,"),
                    pod.formatted("fine", "")),
                Asked.update(
                    "{apiVersion: v1, kind: Namespace, metadata: {name: shop}}",
                    "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels:"
                        + " {pod-security.kubernetes.io/enforce: baseline}}}")))
        .containsExactly(
            "existing pods in namespace \"shop\" violate the new PodSecurity enforce level"
                + " \"baseline:latest\"",
            "one (and 1 other pod): host namespaces");
  }

  @Test
  void aVersionThatNobodyKnowsIsRefused() {
    assertThatThrownBy(
            () ->
                warnings(
                    FixedLister.of(Pod.class),
                    Asked.create(
                        "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels:"
                            + " {pod-security.kubernetes.io/audit-version: '1.30'}}}")))
        .hasMessageContaining("must be \"latest\" or \"v1.x\"");
  }

  @Test
  void aStandardThatNobodyKnowsIsRefused() {
    assertThatThrownBy(
            () ->
                new PodSecurity(FixedLister.of(Namespace.class), FixedLister.of(Pod.class))
                    .validate(
                        Asked.create(
                            "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels:"
                                + " {pod-security.kubernetes.io/enforce: strict}}}")))
        .hasMessage(
            "Namespace \"shop\" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]:"
                + " Invalid value: \"strict\": must be one of privileged, baseline, restricted");
  }
}
