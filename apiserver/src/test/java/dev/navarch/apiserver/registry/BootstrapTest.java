package dev.navarch.apiserver.registry;

import static dev.navarch.apiserver.registry.TestRegistry.KINDS;
import static dev.navarch.apiserver.registry.TestRegistry.kind;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

/// What every cluster has from its first moment, at every start.
class BootstrapTest {
  @TempDir Path folder;

  @Test
  void theSecondStartChangesNothingButAMovedAddress() {
    try (TestRegistry test = TestRegistry.in(folder)) {
      Bootstrap bootstrap = new Bootstrap(test.registry(), KINDS);
      bootstrap.run(
          new Bootstrap.Endpoint("10.96.0.0/16", "10.96.0.1", "10.140.0.10", 6443),
          "ca",
          "proxies");
      Target space = new Target(kind("v1", "Namespace"), "", "kube-node-lease");
      assertThat(Metadata.of(test.registry().get(space)).uid()).isNotEmpty();
      Target service = new Target(kind("v1", "Service"), "default", "kubernetes");
      ObjectNode made = test.registry().get(service);
      assertThat(made.at("/spec/clusterIP").asString()).isEqualTo("10.96.0.1");

      long before = test.store().revision();
      bootstrap.run(
          new Bootstrap.Endpoint("10.96.0.0/16", "10.96.0.1", "10.140.0.10", 6443),
          "ca",
          "proxies");
      assertThat(test.store().revision()).isEqualTo(before);

      Target range = new Target(kind("networking.k8s.io/v1", "ServiceCIDR"), "", "kubernetes");
      assertThat(test.registry().get(range).at("/spec/cidrs/0").asString())
          .isEqualTo("10.96.0.0/16");

      bootstrap.run(
          new Bootstrap.Endpoint("10.96.0.0/16", "10.96.0.1", "127.0.0.1", 6443), "ca", "proxies");
      bootstrap.run(
          new Bootstrap.Endpoint("10.96.0.0/16", "10.96.0.1", "10.140.0.11", 6443),
          "ca",
          "proxies");
      Target slice =
          new Target(kind("discovery.k8s.io/v1", "EndpointSlice"), "default", "kubernetes");
      assertThat(test.registry().get(slice).at("/endpoints/0/addresses/0").asString())
          .isEqualTo("10.140.0.11");
      assertThat(test.registry().get(service)).isEqualTo(made);
    }
  }

  @Test
  void anAddressOfThisMachineAloneIsPublishedToNobody() {
    try (TestRegistry test = TestRegistry.in(folder)) {
      new Bootstrap(test.registry(), KINDS)
          .run(
              new Bootstrap.Endpoint("10.96.0.0/16", "10.96.0.1", "127.0.0.1", 6443),
              "ca",
              "proxies");
      Target endpoints = new Target(kind("v1", "Endpoints"), "default", "kubernetes");
      assertThatThrownBy(() -> test.registry().get(endpoints)).hasMessageContaining("not found");
    }
  }
}
