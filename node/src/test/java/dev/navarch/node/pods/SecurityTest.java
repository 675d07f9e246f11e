package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.node.cri.v1.Image;
import dev.navarch.node.cri.v1.Int64Value;
import dev.navarch.node.cri.v1.LinuxContainerSecurityContext;
import dev.navarch.node.cri.v1.SecurityProfile.ProfileType;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSecurityContextBuilder;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.api.model.SecurityContextBuilder;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecurityTest {
  private boolean seccompByDefault;

  private static final Image ROOT = Image.getDefaultInstance();
  private static final Image NUMBERED =
      Image.newBuilder().setUid(Int64Value.newBuilder().setValue(1000)).build();
  private static final Image NAMED = Image.newBuilder().setUsername("nginx").build();

  @Test
  void imagesUserIsTakenWhenNobodyStatesOne() {
    assertThat(of(none(), own(), NUMBERED).getRunAsUser().getValue()).isEqualTo(1000);
    assertThat(of(none(), own(), NAMED).getRunAsUsername()).isEqualTo("nginx");
  }

  @Test
  void rootIsRefusedToWhoMustNotBeRoot() {
    var nonRoot = new PodSecurityContextBuilder().withRunAsNonRoot(true).build();
    assertThat(of(nonRoot, own(), NUMBERED).getRunAsUser().getValue()).isEqualTo(1000);
    assertThatThrownBy(() -> of(nonRoot, own(), ROOT))
        .hasMessage(
            "container has runAsNonRoot and image will run as root (pod: \"web_default(u1)\","
                + " container: main)");
    assertThatThrownBy(() -> of(nonRoot, own(), NAMED))
        .hasMessage(
            "container has runAsNonRoot and image has non-numeric user (nginx), cannot verify user"
                + " is non-root (pod: \"web_default(u1)\", container: main)");
    var root = new SecurityContextBuilder().withRunAsUser(0L).build();
    assertThatThrownBy(() -> of(nonRoot, root, NUMBERED))
        .hasMessage(
            "container's runAsUser breaks non-root policy (pod: \"web_default(u1)\", container:"
                + " main)");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "../../etc/passwd", "/etc/passwd"})
  void localhostSeccompProfileHasToBeOneOfTheNodes(String profile) {
    var context = new SecurityContextBuilder().withNewSeccompProfile(profile, "Localhost").build();
    assertThatThrownBy(() -> of(none(), context, ROOT))
        .hasMessage("localhostProfile must be set if seccompProfile type is Localhost.");
  }

  @Test
  void whoStatesNoSeccompProfileGetsTheNodes() {
    assertThat(of(none(), own(), ROOT).getSeccomp().getProfileType())
        .isEqualTo(ProfileType.Unconfined);
    seccompByDefault = true;
    assertThat(of(none(), own(), ROOT).getSeccomp().getProfileType())
        .isEqualTo(ProfileType.RuntimeDefault);
    var stated = new SecurityContextBuilder().withNewSeccompProfile(null, "Unconfined").build();
    assertThat(of(none(), stated, ROOT).getSeccomp().getProfileType())
        .isEqualTo(ProfileType.Unconfined);
  }

  @Test
  void unmaskedProcHidesNothing() {
    assertThat(of(none(), own(), ROOT).getMaskedPathsList()).contains("/proc/kcore");
    var unmasked = new SecurityContextBuilder().withProcMount("Unmasked").build();
    assertThat(of(none(), unmasked, ROOT).getMaskedPathsList()).isEmpty();
    assertThat(of(none(), unmasked, ROOT).getReadonlyPathsList()).isEmpty();
  }

  @Test
  void containersProfilesAndLabelsComeBeforeThePods() {
    var common =
        new PodSecurityContextBuilder()
            .withNewAppArmorProfile(null, "RuntimeDefault")
            .withNewSeLinuxOptions("s0:c1", null, null, null)
            .withSupplementalGroupsPolicy("Strict")
            .build();
    var own = new SecurityContextBuilder().withNewAppArmorProfile("mine", "Localhost").build();
    LinuxContainerSecurityContext context = of(common, own, ROOT);
    assertThat(context.getApparmor().getLocalhostRef()).isEqualTo("mine");
    assertThat(context.getSelinuxOptions().getLevel()).isEqualTo("s0:c1");
    assertThat(context.getSupplementalGroupsPolicy().name()).isEqualTo("Strict");
  }

  private LinuxContainerSecurityContext of(
      PodSecurityContext common, SecurityContext own, Image image) {
    Pod pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("web")
            .withNamespace("default")
            .withUid("u1")
            .endMetadata()
            .withNewSpec()
            .withSecurityContext(common)
            .addNewContainer()
            .withName("main")
            .withSecurityContext(own)
            .endContainer()
            .endSpec()
            .build();
    Container container = pod.getSpec().getContainers().getFirst();
    return Security.of(
        pod,
        container,
        image,
        new Security.Seccomp(Path.of("/node/seccomp"), seccompByDefault),
        "");
  }

  private static PodSecurityContext none() {
    return new PodSecurityContext();
  }

  private static SecurityContext own() {
    return new SecurityContext();
  }
}
