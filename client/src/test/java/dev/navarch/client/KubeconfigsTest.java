package dev.navarch.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KubeconfigsTest {
  private static final ServerAccess ACCESS =
      ServerAccess.withCertificate(
          URI.create("https://10.0.0.1:6443"),
          "authority".getBytes(UTF_8),
          "certificate".getBytes(UTF_8),
          "key".getBytes(UTF_8));
  private static final String OTHER =
      """
      apiVersion: v1
      kind: Config
      clusters:
      - name: work
        cluster:
          server: https://work:6443
          certificate-authority: ca.pem
      users:
      - name: me
        user:
          tokenFile: token
      contexts:
      - name: work
        context: {cluster: work, user: me, namespace: team}
      current-context: work
      extension: kept
      """;

  @TempDir Path folder;
  private Path file;

  @BeforeEach
  void path() {
    file = folder.resolve("new/config");
  }

  @Test
  void writesAFileThatOnlyItsOwnerReads() throws IOException {
    Kubeconfigs.merge(file, "navarch", ACCESS);

    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    ServerAccess read = Kubeconfig.read(file).access();
    assertThat(read.server()).isEqualTo(ACCESS.server());
    assertThat(read.authority()).isEqualTo(ACCESS.authority());
    assertThat(read.certificate()).isEqualTo(ACCESS.certificate());
    assertThat(read.key()).isEqualTo(ACCESS.key());
    assertThat(folder.resolve("new").toFile().list()).containsExactly("config");
  }

  @Test
  void leavesOtherContextsAlone() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, OTHER);
    Files.writeString(file.resolveSibling("ca.pem"), "their authority");

    Kubeconfigs.merge(file, "navarch", ACCESS);
    Kubeconfigs.merge(file, "navarch", ACCESS);

    var both = Kubeconfig.read(file);
    assertThat(both.currentContext()).contains("navarch");
    assertThat(both.access("work").server()).hasToString("https://work:6443");
    assertThat(both.access("work").authority()).asString(UTF_8).isEqualTo("their authority");
    assertThat(both.access("work").tokenFile()).isEqualTo(file.resolveSibling("token"));
    assertThat(Files.readString(file)).contains("name: navarch").contains("extension: kept");

    Kubeconfigs.remove(file, "navarch");

    assertThat(Files.readString(file)).doesNotContain("navarch").contains("namespace: team");
    assertThat(Kubeconfig.read(file).currentContext()).isEmpty();
  }

  @Test
  void changesNothingWhenThereIsNothingToRemove() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, OTHER);

    Kubeconfigs.remove(file, "navarch");
    Kubeconfigs.remove(folder.resolve("none"), "navarch");

    assertThat(Files.readString(file)).isEqualTo(OTHER);
  }

  @Test
  void refusesWhatItCannotDo() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, OTHER.replace("tokenFile: token", "exec: {command: aws}"));

    assertThatThrownBy(() -> Kubeconfig.read(file).access())
        .hasMessageContaining("user uses exec, which is not supported");
    assertThatThrownBy(() -> Kubeconfig.read(file).access("home"))
        .hasMessageContaining("it has no context named \"home\"");
  }

  @Test
  void saysWhichFileIsNoKubeconfig() throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "- a\n- b\n");

    assertThatThrownBy(() -> Kubeconfigs.merge(file, "navarch", ACCESS))
        .hasMessageContaining(file.toString())
        .hasMessageContaining("expected a mapping");
  }
}
