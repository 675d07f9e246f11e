package dev.navarch.node.pods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import java.util.List;
import org.junit.jupiter.api.Test;

class SysctlsTest {

  @Test
  void safeOnesPassAndOthersOnlyIfTheNodeAllowsThem() {
    var strict = new Sysctls(List.of());
    assertThat(strict.refusal(pod("kernel.shm_rmid_forced"))).isEmpty();
    assertThat(strict.refusal(pod("net/ipv4/tcp_syncookies"))).isEmpty();
    assertThat(strict.refusal(pod("kernel.msgmax")))
        .contains("forbidden sysctl: \"kernel.msgmax\" not allowlisted");
    var open = new Sysctls(List.of("kernel.msg*", "net.core.somaxconn"));
    assertThat(open.refusal(pod("kernel.msgmax"))).isEmpty();
    assertThat(open.refusal(pod("net.core.somaxconn"))).isEmpty();
    assertThat(open.refusal(pod("net.core.rmem_max"))).isPresent();
  }

  @Test
  void whatBelongsToTheNodesNamespacesIsRefused() {
    Pod pod = pod("net.ipv4.tcp_syncookies");
    pod.getSpec().setHostNetwork(true);
    assertThat(new Sysctls(List.of()).refusal(pod))
        .contains(
            "forbidden sysctl: \"net.ipv4.tcp_syncookies\" not allowed with host net enabled");
    Pod ipc = pod("kernel.shm_rmid_forced");
    ipc.getSpec().setHostIPC(true);
    assertThat(new Sysctls(List.of()).refusal(ipc))
        .contains("forbidden sysctl: \"kernel.shm_rmid_forced\" not allowed with host ipc enabled");
  }

  @Test
  void onlyWhatHasItsOwnNamespaceCanBeAllowed() {
    assertThatThrownBy(() -> new Sysctls(List.of("vm.swappiness")))
        .hasMessageContaining("\"vm.swappiness\" is in no namespace of its own");
  }

  @Test
  void dotsInsidePartsSurviveSlashes() {
    assertThat(Sysctls.normal("net/ipv4/conf/eth0.1/mtu")).isEqualTo("net.ipv4.conf.eth0/1.mtu");
  }

  private static Pod pod(String sysctl) {
    return new PodBuilder()
        .withNewSpec()
        .withNewSecurityContext()
        .addNewSysctl(sysctl, "1")
        .endSecurityContext()
        .endSpec()
        .build();
  }
}
