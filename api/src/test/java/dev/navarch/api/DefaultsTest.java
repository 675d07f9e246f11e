package dev.navarch.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

class DefaultsTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "v1|Pod|{\"spec\":{\"containers\":[{\"name\":\"a\",\"ports\":[{\"containerPort\":80}]}]}}|{\"spec\":{\"containers\":[{\"name\":\"a\",\"ports\":[{\"containerPort\":80,\"protocol\":\"TCP\"}],\"resources\":{}}]},\"metadata\":{},\"status\":{}}",
        "v1|Service|{\"spec\":{\"ports\":[{\"port\":80}]}}|{\"spec\":{\"ports\":[{\"port\":80,\"protocol\":\"TCP\"}]},\"metadata\":{},\"status\":{\"loadBalancer\":{}}}",
        "v1|ServiceAccount|{\"imagePullSecrets\":[{}]}|{\"imagePullSecrets\":[{}],\"metadata\":{}}",
        "v1|ConfigMap|{}|{\"metadata\":{}}",
        "apps/v1|StatefulSet|{}|{\"metadata\":{},\"spec\":{\"serviceName\":\"\",\"template\":{\"metadata\":{},\"spec\":{}},\"updateStrategy\":{}},\"status\":{\"availableReplicas\":0,\"replicas\":0}}",
      })
  void materialisesWhatKubernetesPrints(String apiVersion, String kind, String in, String out) {
    ObjectNode object = Json.parse(in.getBytes(UTF_8));
    Defaults.apply(object, KINDS.byKind(apiVersion, kind).orElseThrow().schema());
    assertThat(object).isEqualTo(Json.parse(out.getBytes(UTF_8)));
  }

  @Test
  void enumsOutsideStatusAreChecked() {
    ObjectNode pod =
        Json.parse(
            "{\"spec\":{\"restartPolicy\":\"Sometimes\",\"containers\":[{\"imagePullPolicy\":\"\"},{\"imagePullPolicy\":\"no\"}]},\"status\":{\"phase\":\"Odd\"}}"
                .getBytes(UTF_8));
    List<FieldError> errors =
        StructuralCheck.check(pod, KINDS.byKind("v1", "Pod").orElseThrow().schema());
    assertThat(errors)
        .extracting(FieldError::toString)
        .containsExactly(
            "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\","
                + " \"Never\", \"OnFailure\"",
            "spec.containers[1].imagePullPolicy: Unsupported value: \"no\": supported values:"
                + " \"Always\", \"IfNotPresent\", \"Never\"");
  }

  @Test
  void aWrongSelectorOperatorIsInvalid() {
    ObjectNode pod =
        Json.parse(
            "{\"spec\":{\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{\"nodeSelectorTerms\":[{\"matchExpressions\":[{\"operator\":\"Is\"}]}]}}}}}"
                .getBytes(UTF_8));
    assertThat(StructuralCheck.check(pod, KINDS.byKind("v1", "Pod").orElseThrow().schema()))
        .extracting(FieldError::toString)
        .containsExactly(
            "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
                + ".nodeSelectorTerms[0].matchExpressions[0].operator: Invalid value: \"Is\":"
                + " not a valid selector operator");
  }
}
