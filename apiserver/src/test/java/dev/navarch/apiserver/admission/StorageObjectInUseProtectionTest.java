package dev.navarch.apiserver.admission;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StorageObjectInUseProtectionTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "PersistentVolume | {name: v} | [\"kubernetes.io/pv-protection\"]",
        "PersistentVolumeClaim | {name: c, namespace: n} | [\"kubernetes.io/pvc-protection\"]",
        "PersistentVolumeClaim | {name: c, namespace: n, finalizers: [a/b]} |"
            + " [\"a/b\",\"kubernetes.io/pvc-protection\"]",
        "PersistentVolumeClaim | {name: c, namespace: n, finalizers:"
            + " [kubernetes.io/pvc-protection]} | [\"kubernetes.io/pvc-protection\"]",
        "ConfigMap | {name: m, namespace: n} | ``",
      })
  void marksWhatMayBeInUse(String kind, String metadata, String finalizers) {
    AdmissionPlugin.Request request =
        Asked.create("{apiVersion: v1, kind: %s, metadata: %s}".formatted(kind, metadata));
    new StorageObjectInUseProtection().admit(request);
    assertThat(request.content().at("/metadata/finalizers").toString()).isEqualTo(finalizers);
  }
}
