package dev.navarch.apiserver.admission;

import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Namespace;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodSecurityTest {
  private static final String FINE =
      "securityContext: {runAsNonRoot: true, seccompProfile: {type: RuntimeDefault}}, containers:"
          + " [{name: a, image: x, securityContext: {allowPrivilegeEscalation: false, capabilities:"
          + " {drop: [ALL]}}}]";

  private static void admit(String level, String spec) {
    var namespaces =
        FixedLister.of(
            Namespace.class,
            "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels:"
                + " {pod-security.kubernetes.io/enforce: %s}}}".formatted(level));
    new PodSecurity(namespaces)
        .validate(
            Asked.create(
                "{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {%s}}"
                    .formatted(spec)));
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

  @Test
  void aStandardThatNobodyKnowsIsRefused() {
    assertThatThrownBy(
            () ->
                new PodSecurity(FixedLister.of(Namespace.class))
                    .validate(
                        Asked.create(
                            "{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels:"
                                + " {pod-security.kubernetes.io/enforce: strict}}}")))
        .hasMessage(
            "Namespace \"shop\" is invalid: metadata.labels[pod-security.kubernetes.io/enforce]:"
                + " Invalid value: \"strict\": must be one of privileged, baseline, restricted");
  }
}
