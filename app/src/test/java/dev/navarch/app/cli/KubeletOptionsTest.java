package dev.navarch.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.app.local.UserError;
import dev.navarch.node.settings.KubeletSettings;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class KubeletOptionsTest {
  @TempDir private Path folder;

  @Command
  private static final class Holder {
    @Mixin KubeletOptions kubelet = new KubeletOptions();
  }

  private static KubeletSettings settings(String... words) {
    Holder holder = new Holder();
    new CommandLine(holder).parseArgs(words);
    return holder.kubelet.settings(InetAddress.getLoopbackAddress());
  }

  @Test
  void flagsStandForFields() {
    KubeletSettings settings =
        settings(
            "--max-pods=42",
            "--fail-swap-on",
            "--serialize-image-pulls=true",
            "--cluster-dns=10.0.0.10,10.0.0.11",
            "--kube-reserved=cpu=200m,memory=150Mi",
            "--eviction-hard=memory.available<5%,nodefs.available<1Gi",
            "--register-with-taints=lost=yes:NoSchedule,idle:NoExecute");
    assertThat(settings.document().toString())
        .contains("\"maxPods\":42")
        .contains("\"failSwapOn\":true")
        .contains("\"serializeImagePulls\":true")
        .contains("\"clusterDNS\":[\"10.0.0.10\",\"10.0.0.11\"]")
        .contains("\"kubeReserved\":{\"cpu\":\"200m\",\"memory\":\"150Mi\"}")
        .contains("\"memory.available\":\"5%\"")
        .contains("\"nodefs.available\":\"1Gi\"")
        .contains("{\"key\":\"lost\",\"value\":\"yes\",\"effect\":\"NoSchedule\"}")
        .contains("{\"key\":\"idle\",\"effect\":\"NoExecute\"}");
  }

  @Test
  void aFlagThatIsGivenTwiceAddsToItsList() {
    assertThat(settings("--cluster-dns=10.0.0.10", "--cluster-dns=10.0.0.11").document().toString())
        .contains("\"clusterDNS\":[\"10.0.0.10\",\"10.0.0.11\"]");
  }

  @Test
  void aFlagWinsOverTheFile() throws Exception {
    Path file = folder.resolve("kubelet.yaml");
    Files.writeString(
        file,
        """
        apiVersion: kubelet.config.k8s.io/v1beta1
        kind: KubeletConfiguration
        maxPods: 20
        podsPerCore: 7
        """);
    assertThat(settings("--config=" + file, "--max-pods=30").document().toString())
        .contains("\"maxPods\":30")
        .contains("\"podsPerCore\":7");
  }

  @Test
  void whatIsWrittenWrongIsNamed() {
    assertThatThrownBy(() -> settings("--max-pods=many"))
        .hasMessageContaining("--max-pods")
        .hasMessageContaining("many");
    assertThatThrownBy(() -> settings("--eviction-hard=memory.available=5%"))
        .rootCause()
        .isInstanceOf(UserError.class)
        .hasMessageContaining("--eviction-hard: found 'memory.available=5%'");
    assertThatThrownBy(() -> settings("--register-with-taints=idle"))
        .rootCause()
        .hasMessageContaining("--register-with-taints: found 'idle'");
  }
}
