package dev.navarch.apiserver.admission;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ServiceAddressesTest {
  private final FixedLister<Service> services = FixedLister.of(Service.class);
  private final FixedLister<ServiceCIDR> further = FixedLister.of(ServiceCIDR.class);
  private final MemoryClaims claims = new MemoryClaims();
  private final ServiceAddresses plugin = plugin("10.96.0.0/16");

  private ServiceAddresses plugin(String range) {
    return new ServiceAddresses(
        services,
        new ServiceRanges(AddressRange.parse(range), further),
        PortRange.DEFAULT,
        new Random(1),
        claims);
  }

  private static String service(String name, String spec) {
    return "{apiVersion: v1, kind: Service, metadata: {name: %s, namespace: default}, spec: {%s}}"
        .formatted(name, spec);
  }

  private Request created(String name, String spec) {
    Request request = Asked.create(service(name, spec));
    plugin.admit(request);
    return request;
  }

  private static String at(Request request, String pointer) {
    return request.content().at(pointer).asString("");
  }

  @Test
  void everyServiceGetsAnAddressOfItsOwn() {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 100; i++) {
      Request request = created("s" + i, "ports: [{port: 80}]");
      assertThat(at(request, "/spec/clusterIP")).startsWith("10.96.");
      assertThat(at(request, "/spec/clusterIPs/0")).isEqualTo(at(request, "/spec/clusterIP"));
      assertThat(at(request, "/spec/ipFamilies/0")).isEqualTo("IPv4");
      assertThat(at(request, "/spec/ipFamilyPolicy")).isEqualTo("SingleStack");
      assertThat(seen.add(at(request, "/spec/clusterIP"))).isTrue();
    }
  }

  @Test
  void furtherRangesGiveAddressesOnceTheyAreReady() {
    ServiceAddresses narrow = plugin("10.96.0.0/30");
    narrow.admit(Asked.create(service("a", "ports: [{port: 80}]")));
    narrow.admit(Asked.create(service("b", "ports: [{port: 80}]")));
    range("pending", "10.97.0.0/24", "False");
    Request third = Asked.create(service("c", "ports: [{port: 80}]"));
    assertThatThrownBy(() -> narrow.admit(third)).hasMessageContaining("range is full");
    range("more", "10.98.0.0/24", "True");
    narrow.admit(third);
    assertThat(at(third, "/spec/clusterIP")).startsWith("10.98.0.");
    Request asked = Asked.create(service("d", "clusterIP: 10.97.0.7, ports: [{port: 80}]"));
    assertThatThrownBy(() -> narrow.admit(asked))
        .hasMessageContaining("The range of valid IPs is 10.96.0.0/30, 10.98.0.0/24");
  }

  private void range(String name, String cidr, String ready) {
    further.add(
        ServiceCIDR.class,
        "{metadata: {name: %s}, spec: {cidrs: [%s]}, status: {conditions: [{type: Ready, status: '%s'}]}}"
            .formatted(name, cidr, ready));
  }

  @Test
  void aWishIsGrantedOrRefused() {
    assertThat(at(created("dns", "clusterIP: 10.96.0.10, ports: [{port: 53}]"), "/spec/clusterIP"))
        .isEqualTo("10.96.0.10");
    services.add(Service.class, service("dns", "clusterIP: 10.96.0.10, clusterIPs: [10.96.0.10]"));
    assertThatThrownBy(() -> created("other", "clusterIP: 10.96.0.10, ports: [{port: 53}]"))
        .hasMessage(
            "Service \"other\" is invalid: spec.clusterIPs: Invalid value: [\"10.96.0.10\"]: failed"
                + " to allocate IP 10.96.0.10: provided IP is already allocated");
    assertThatThrownBy(() -> created("far", "clusterIP: 192.168.0.1, ports: [{port: 53}]"))
        .hasMessage(
            "Service \"far\" is invalid: spec.clusterIPs: Invalid value: [\"192.168.0.1\"]: failed"
                + " to allocate IP 192.168.0.1: the provided IP (192.168.0.1) is not in the valid"
                + " range. The range of valid IPs is 10.96.0.0/16");
  }

  @Test
  void headlessServicesAndNamesNeedNoAddress() {
    assertThat(at(created("h", "clusterIP: None"), "/spec/clusterIPs/0")).isEqualTo("None");
    Request name = created("e", "type: ExternalName, externalName: example.com");
    assertThat(name.content().path("spec").has("clusterIP")).isFalse();
  }

  @Test
  void nodePortsAreKeptOverUpdates() {
    Request request = created("web", "type: NodePort, ports: [{port: 80}]");
    int port = request.content().at("/spec/ports/0/nodePort").asInt(0);
    assertThat(port).isBetween(30086, 32767);
    String stored = request.content().toString();
    services.add(Service.class, stored);
    Request update =
        Asked.update(stored, service("web", "type: NodePort, ports: [{port: 80}, {port: 90}]"));
    plugin.admit(update);
    assertThat(update.content().at("/spec/ports/0/nodePort").asInt(0)).isEqualTo(port);
    assertThat(update.content().at("/spec/ports/1/nodePort").asInt(0)).isNotIn(0, port);
    assertThat(at(update, "/spec/clusterIP")).isEqualTo(at(request, "/spec/clusterIP"));
    assertThatThrownBy(
            () -> created("x", "type: NodePort, ports: [{port: 80, nodePort: %d}]".formatted(port)))
        .hasMessageEndingWith("provided port is already allocated");
    assertThatThrownBy(() -> created("x", "type: NodePort, ports: [{port: 80, nodePort: 80}]"))
        .hasMessage(
            "Service \"x\" is invalid: spec.ports[0].nodePort: Invalid value: 80: provided port is"
                + " not in the valid range. The range of valid ports is 30000-32767");
  }

  @Test
  void aPromiseEndsByItself() {
    ServiceAddresses small = plugin("10.96.0.0/30");
    small.admit(Asked.create(service("a", "ports: [{port: 80}]")));
    small.admit(Asked.create(service("b", "ports: [{port: 80}]")));
    Request third = Asked.create(service("c", "ports: [{port: 80}]"));
    assertThatThrownBy(() -> small.admit(third)).hasMessageContaining("range is full");
    claims.end();
    small.admit(third);
    assertThat(at(third, "/spec/clusterIP")).startsWith("10.96.0.");
  }
}
