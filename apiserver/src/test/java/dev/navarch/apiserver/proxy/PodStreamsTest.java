package dev.navarch.apiserver.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.FakeExchange;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PodStreamsTest {
  private static Pod pod(String... containers) {
    return new PodBuilder()
        .withNewMetadata()
        .withName("web")
        .withNamespace("shop")
        .endMetadata()
        .withNewSpec()
        .withContainers(
            Arrays.stream(containers)
                .map(name -> new ContainerBuilder().withName(name).build())
                .toList())
        .addNewInitContainer()
        .withName("setup")
        .endInitContainer()
        .endSpec()
        .build();
  }

  private static PodStreams streams(Pod pod, String query) {
    return new PodStreams(pod, new FakeExchange("POST", "/x?" + query).query());
  }

  @Test
  void speaksTheKubeletsWords() {
    assertThat(
            streams(
                    pod("a"),
                    "command=sh&command=-c&command=echo%20%26&stdin=true&stdout=true&stderr=false&tty=1")
                .exec())
        .isEqualTo(
            "/exec/shop/web/a?input=1&output=1&tty=1&command=sh&command=-c&command=echo%20%26");
    assertThat(streams(pod("a", "b"), "container=b&follow=true&tailLines=5&other=1").log())
        .isEqualTo("/containerLogs/shop/web/b?follow=true&tailLines=5");
    assertThat(streams(pod("a"), "ports=80,81").portForward())
        .isEqualTo("/portForward/shop/web?port=80&port=81");
  }

  @Test
  void asksWhichContainerWhenThereAreSeveral() {
    assertThatThrownBy(() -> streams(pod("a", "b"), "x").log())
        .hasMessage(
            "a container name must be specified for pod web, choose one of: [a b] or one of the"
                + " init containers: [setup]");
    assertThatThrownBy(() -> streams(pod("a"), "container=z").log())
        .hasMessage("container z is not valid for pod web");
    assertThatThrownBy(() -> streams(pod("a"), "x").node())
        .hasMessage("pod web does not have a host assigned");
    Pod annotated = pod("a", "b");
    annotated.getMetadata().setAnnotations(Map.of("kubectl.kubernetes.io/default-container", "b"));
    assertThat(streams(annotated, "x").container()).isEqualTo("b");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "fe80::1",
        "0.0.0.0",
        "localhost",
        "evil.example"
      })
  void refusesAddressesThatLeadBackHere(String address) {
    assertThatThrownBy(() -> Backend.of(address, 10250, Optional.empty(), ""))
        .hasMessageContaining(address);
  }
}
