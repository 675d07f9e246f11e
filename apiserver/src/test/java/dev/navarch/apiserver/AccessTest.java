package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.apiserver.ServedApi.Answer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A server whose rights and admission plugins were chosen.
final class AccessTest {
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final String POD =
      "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}";

  private static ApiServerConfig with(Path folder, Access access) {
    return new ApiServerConfig(
        folder,
        "127.0.0.1",
        0,
        "192.0.2.10",
        List.of(),
        "10.96.0.0/16",
        30000,
        32767,
        "navarch",
        Optional.empty(),
        Optional.empty(),
        access,
        Optional.empty(),
        Optional.empty());
  }

  @Test
  void everybodyKnownMayDoEverythingAndPodsStayAsTheyAreSent(@TempDir Path folder)
      throws InterruptedException {
    Access access =
        new Access(List.of("AlwaysAllow"), Set.of("LimitRanger"), Set.of("ServiceAccount"));
    try (ServedApi api = ServedApi.of(with(folder, access))) {
      Answer made = api.send(api.admin(), "POST", PODS, POD, "Impersonate-User", "somebody");
      assertThat(made.status()).as(made.text()).isEqualTo(201);
      assertThat(made.json().at("/spec/serviceAccountName").asString("")).isEmpty();
      assertThat(made.json().at("/spec/volumes").isMissingNode()).isTrue();
      assertThat(api.send(api.anonymous(), "GET", PODS, "").status()).isEqualTo(403);
      assertThat(api.send(api.anonymous(), "GET", "/livez", "").status()).isEqualTo(200);
    }
  }

  @Test
  void whatIsNoModeOrPluginIsRefused() {
    assertThatThrownBy(() -> new Access(List.of("Sometimes"), Set.of(), Set.of()))
        .hasMessage(
            "--authorization-mode: 'Sometimes' is none; expected some of Node, RBAC, AlwaysAllow");
    assertThatThrownBy(() -> new Access(List.of("RBAC"), Set.of(), Set.of("Nothing")))
        .hasMessageStartingWith(
            "unknown admission plugin 'Nothing'; those that can be disabled: CertificateSigning,");
  }
}
