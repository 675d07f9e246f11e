package dev.navarch.node.images;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.node.cri.v1.AuthConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CredentialProvidersTest {
  private static final String HEAD =
      "apiVersion: kubelet.config.k8s.io/v1\nkind: CredentialProviderConfig\nproviders:\n";

  @TempDir Path folder;
  private Instant now = Instant.parse("2026-01-02T03:04:05Z");

  private CredentialProviders read(String providers) throws IOException {
    Path file = Files.writeString(folder.resolve("config.yaml"), HEAD + providers);
    return CredentialProviders.read(file, folder, () -> now);
  }

  /// A program that notes each call and answers as told.
  private void program(String name, String answer) throws IOException {
    Path program = folder.resolve(name);
    Files.writeString(
        program,
        "#!/bin/sh\ncat >> %1$s.asked\necho >> %1$s.asked\necho \"$@ $REGION\" >> %1$s.called\ncat <<'END'\n%2$s\nEND\n"
            .formatted(program, answer));
    Files.setPosixFilePermissions(
        program, java.nio.file.attribute.PosixFilePermissions.fromString("rwx------"));
  }

  private static String provider(String name, String images) {
    return """
        - name: %s
          matchImages: [%s]
          defaultCacheDuration: 10m
          apiVersion: credentialprovider.kubelet.k8s.io/v1
          args: [get]
          env: [{name: REGION, value: north}]
        """
        .formatted(name, images)
        .indent(2);
  }

  private static String response(String auth, String type) {
    return """
        {"kind": "CredentialProviderResponse", "apiVersion": "credentialprovider.kubelet.k8s.io/v1",
         "cacheKeyType": "%s", "cacheDuration": "5m", "auth": {%s}}"""
        .formatted(type, auth);
  }

  private static List<String> users(CredentialProviders providers, String image) {
    return providers.forImage(ImageName.parse(image).orElseThrow()).stream()
        .map(AuthConfig::getUsername)
        .toList();
  }

  private long calls(String name) throws IOException {
    return Files.readAllLines(folder.resolve(name + ".called")).size();
  }

  @Test
  void aProgramIsAskedForItsImagesAlone() throws IOException {
    program(
        "cloud",
        response("\"*.cloud.example\": {\"username\": \"me\", \"password\": \"pw\"}", "Registry"));
    var providers = read(provider("cloud", "'*.cloud.example'"));
    assertThat(users(providers, "team.cloud.example/app:1")).containsExactly("me");
    assertThat(users(providers, "other.example/app:1")).isEmpty();
    assertThat(users(providers, "busybox")).isEmpty();
    assertThat(Files.readString(folder.resolve("cloud.asked")))
        .contains("\"kind\":\"CredentialProviderRequest\"")
        .contains("\"image\":\"team.cloud.example/app:1\"");
    assertThat(Files.readString(folder.resolve("cloud.called"))).isEqualTo("get north\n");
  }

  @Test
  void answersAreKeptAsLongAsTheySay() throws IOException {
    program("cloud", response("\"cloud.example\": {\"username\": \"me\"}", "Registry"));
    var providers = read(provider("cloud", "cloud.example"));
    users(providers, "cloud.example/a");
    users(providers, "cloud.example/b");
    assertThat(calls("cloud")).isOne();
    now = now.plus(Duration.ofMinutes(6));
    users(providers, "cloud.example/a");
    assertThat(calls("cloud")).isEqualTo(2);
  }

  @Test
  void answersForOneImageAreForThatImage() throws IOException {
    program("cloud", response("\"cloud.example\": {\"username\": \"me\"}", "Image"));
    var providers = read(provider("cloud", "cloud.example"));
    users(providers, "cloud.example/a");
    users(providers, "cloud.example/b");
    assertThat(calls("cloud")).isEqualTo(2);
  }

  @Test
  void aProgramThatFailsKnowsNothing() throws IOException {
    program("broken", "no json");
    assertThat(users(read(provider("broken", "cloud.example")), "cloud.example/a")).isEmpty();
  }

  @Test
  void whatIsWrongInTheFileIsNamed() throws IOException {
    program("cloud", "");
    assertThatThrownBy(() -> read(provider("absent", "a.example")))
        .hasMessageContaining("providers[absent].name: found \"absent\", expected an executable");
    assertThatThrownBy(() -> read(provider("cloud", "")))
        .hasMessageContaining("providers[cloud].matchImages: found none, expected at least one");
    assertThatThrownBy(() -> read(provider("cloud", "a.example").replace("/v1", "/v9")))
        .hasMessageContaining("providers[cloud].apiVersion");
    assertThatThrownBy(
            () -> read(provider("cloud", "a.example").replace("args:", "tokenAttributes:")))
        .hasMessageContaining("providers[cloud].tokenAttributes");
  }

  @ParameterizedTest
  @CsvSource({
    "*.registry.example, a.registry.example/x, true",
    "*.registry.example, registry.example/x, false",
    "*.registry.example, a.b.registry.example/x, false",
    "app*.example, app1.example/x, true",
    "registry.example/team, registry.example/team/app, true",
    "registry.example/team, registry.example/other, false",
    "registry.example:5000, registry.example:5000/x, true",
    "registry.example:5000, registry.example/x, false",
    "registry.example, registry.example:5000/x, true"
  })
  void patternsMeanHostsAndBeginningsOfPaths(String pattern, String place, boolean matches) {
    assertThat(ImagePattern.parse(pattern).matches(place)).isEqualTo(matches);
  }
}
