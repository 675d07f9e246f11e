package dev.navarch.client;

import static org.assertj.core.api.Assertions.assertThat;

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
}
