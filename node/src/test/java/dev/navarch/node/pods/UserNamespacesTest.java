package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.node.cri.v1.ContainerConfig;
import dev.navarch.node.cri.v1.Mount;
import dev.navarch.node.cri.v1.NamespaceMode;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UserNamespacesTest {
  private static final RuntimeFeatures ABLE =
      new RuntimeFeatures(false, Map.of("", new RuntimeFeatures.Handler(false, true)));

  @Test
  void eachPodHasARangeOfItsOwnAndKeepsIt(@TempDir Path pods) {
    var users = new UserNamespaces(pods, 65_536);
    users.assign(pod("one"), "", ABLE);
    users.assign(pod("two"), "", ABLE);
    assertThat(first(users, "one")).isEqualTo(65536);
    assertThat(first(users, "two")).isEqualTo(131072);
    var next = new UserNamespaces(pods, 65_536);
    next.assign(pod("three"), "", ABLE);
    assertThat(first(next, "one")).isEqualTo(65536);
    assertThat(first(next, "three")).isEqualTo(196608);
    next.release("one");
    next.assign(pod("four"), "", ABLE);
    assertThat(first(next, "four")).isEqualTo(65536);
  }

  @Test
  void rangesOfAnotherLengthStayApart(@TempDir Path pods) {
    new UserNamespaces(pods, 65_536).assign(pod("one"), "", ABLE);
    var longer = new UserNamespaces(pods, 131_072);
    longer.assign(pod("two"), "", ABLE);
    assertThat(first(longer, "one")).isEqualTo(65_536);
    assertThat(first(longer, "two")).isEqualTo(131_072);
    var shorter = new UserNamespaces(pods, 65_536);
    shorter.assign(pod("three"), "", ABLE);
    assertThat(first(shorter, "three")).isEqualTo(262_144);
  }

  @Test
  void mountsAreSeenByThePodsUsers(@TempDir Path pods) {
    var users = new UserNamespaces(pods, 65_536);
    users.assign(pod("one"), "", ABLE);
    var config =
        users.apply(pod("one"), ContainerConfig.newBuilder().addMounts(Mount.newBuilder()).build());
    assertThat(config.getMounts(0).getUidMappings(0).getHostId()).isEqualTo(65536);
    assertThat(config.getMounts(0).getGidMappings(0).getLength()).isEqualTo(65536);
    assertThat(
            config
                .getLinux()
                .getSecurityContext()
                .getNamespaceOptions()
                .getUsernsOptions()
                .getMode())
        .isEqualTo(NamespaceMode.POD);
  }

  @Test
  void runtimeThatCannotIsNamedAndOtherPodsAreLeftAlone(@TempDir Path pods) {
    var users = new UserNamespaces(pods, 65_536);
    assertThatThrownBy(() -> users.assign(pod("one"), "runc", RuntimeFeatures.NONE))
        .hasMessage("RuntimeClass handler \"runc\" does not support user namespaces");
    Pod plain = pod("plain");
    plain.getSpec().setHostUsers(true);
    users.assign(plain, "", RuntimeFeatures.NONE);
    var config = PodSandboxConfig.getDefaultInstance();
    assertThat(users.apply(plain, config)).isSameAs(config);
  }

  private static int first(UserNamespaces users, String uid) {
    return users
        .apply(pod(uid), PodSandboxConfig.getDefaultInstance())
        .getLinux()
        .getSecurityContext()
        .getNamespaceOptions()
        .getUsernsOptions()
        .getUids(0)
        .getHostId();
  }

  private static Pod pod(String uid) {
    return new PodBuilder()
        .withNewMetadata()
        .withUid(uid)
        .endMetadata()
        .withNewSpec()
        .withHostUsers(false)
        .endSpec()
        .build();
  }
}
