package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Service;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

/// Objects survive the way between documents and the typed model.
class ObjectsTest {

  /// Pods with probes could not be evicted: the answer to a write of theirs was not readable.
  @Test
  void portsOfDocumentsWithLongNumbersAreRead() {
    ObjectNode document = Objects.emptyDocument();
    var ports = document.putObject("spec").putArray("ports");
    ports.addObject().put("port", 80L).put("targetPort", 8080L);
    ports.addObject().put("port", 81L).put("targetPort", "web");
    Service service = Objects.convert(document, Service.class);
    assertThat(service.getSpec().getPorts().getFirst().getTargetPort().getIntVal()).isEqualTo(8080);
    assertThat(service.getSpec().getPorts().getLast().getTargetPort().getStrVal()).isEqualTo("web");
    assertThat(Objects.tree(Objects.copy(service)).at("/spec/ports/0/targetPort").isInt()).isTrue();
    assertThat(Objects.copy(service)).isEqualTo(service);
  }

  /// Every part of every pod had an empty map of its own.
  @Test
  void emptyMapsOfUnknownFieldsAreOne() {
    ObjectNode document = Objects.emptyDocument();
    document.putObject("spec").putArray("containers").addObject().put("name", "main");
    Pod pod = Objects.convert(document, Pod.class);
    assertThat(pod.getSpec().getAdditionalProperties())
        .isSameAs(pod.getSpec().getContainers().getFirst().getAdditionalProperties());
    assertThat(new PodBuilder(pod).build()).isEqualTo(pod);
    assertThat(Objects.copy(pod)).isEqualTo(pod);
  }

  @Test
  void objectsWithoutATypeKeepTheirFields() {
    ObjectNode document = Objects.emptyDocument().put("handler", "kata");
    var object = Objects.convert(document, GenericKubernetesResource.class);
    assertThat(object.getAdditionalProperties()).containsEntry("handler", "kata");
    var empty = Objects.convert(Objects.emptyDocument(), GenericKubernetesResource.class);
    empty.setAdditionalProperty("handler", "kata");
    assertThat(empty.getAdditionalProperties()).hasSize(1);
  }

  /// A pod in a cache brought fifty lists and maps that were empty.
  @Test
  void keptObjectsTakeNoRoomForWhatTheyLack() {
    ObjectNode document = Objects.emptyDocument();
    document.putObject("metadata").putObject("labels").put("app", "web");
    document.putObject("spec").putArray("containers").addObject().put("name", "main");
    byte[] json = Objects.write(document);
    Pod kept = Objects.readKept(json, Pod.class);
    assertThat(kept).isEqualTo(Objects.read(json, Pod.class));
    assertThat(kept.getSpec().getVolumes()).isEmpty();
    assertThat(kept.getSpec().getContainers().getFirst().getEnv())
        .isSameAs((Object) kept.getSpec().getVolumes());
    assertThat(kept.getMetadata().getAnnotations()).isSameAs(kept.getSpec().getNodeSelector());
    assertThat(Objects.write(kept)).isEqualTo(Objects.write(Objects.read(json, Pod.class)));

    Pod changed = Objects.copy(kept);
    changed.getMetadata().getFinalizers().add("example.com/hold");
    changed.getSpec().getContainers().add(kept.getSpec().getContainers().getFirst());
    assertThat(changed.getSpec().getContainers()).hasSize(2);
    assertThat(kept.getSpec().getContainers()).hasSize(1);
    assertThat(new PodBuilder(kept).editMetadata().addToFinalizers("a").endMetadata().build())
        .extracting(pod -> pod.getMetadata().getFinalizers())
        .isEqualTo(java.util.List.of("a"));
  }
}
