package dev.navarch.node.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistriesTest {
  @TempDir Path folder;

  @Test
  void mirrorsBecomeOneHostsFileForEachRegistry() throws IOException {
    registries(
            """
            mirrors:
              docker.io:
                endpoint: ["https://mirror.example:5000"]
            configs:
              mirror.example:5000:
                tls: {ca_file: /etc/ssl/mirror.pem, insecure_skip_verify: true}
            """)
        .writeHosts(folder);

    assertThat(folder.resolve("docker.io/hosts.toml"))
        .hasContent(
            """
            server = "https://registry-1.docker.io"
            [host."https://mirror.example:5000"]
              capabilities = ["pull", "resolve"]
              ca = "/etc/ssl/mirror.pem"
              skip_verify = true
            """);
  }

  @Test
  void credentialsBecomePartOfTheConfiguration() throws IOException {
    String toml =
        registries("configs: {registry.example: {auth: {username: me, password: 'a\"b'}}}")
            .credentialsToml();

    assertThat(toml)
        .contains("registry.configs.\"registry.example\".auth]")
        .contains("username = \"me\"")
        .contains("password = \"a\\\"b\"");
  }

  @Test
  void anUnknownFieldIsNamedWithThoseThatAreKnown() {
    assertThatThrownBy(() -> registries("mirrors: {docker.io: {endpoints: [x]}}"))
        .hasMessageContaining("unknown field 'mirrors.docker.io.endpoints'")
        .hasMessageContaining("known there: endpoint");
  }

  /// Their names become folders: one of these led out of the place for them.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mirrors: {../x: {endpoint: [a]}} | mirrors: '../x' is no registry; expected HOST",
        "mirrors: {/etc: {endpoint: [a]}} | mirrors: '/etc' is no registry",
        "configs: {'a/b': {}} | configs: 'a/b' is no registry",
        "mirrors: {a: {endpoint: [{b: c}]}} | mirrors.a.endpoint: expected URLs, found {",
        "configs: {a: {auth: {username: [b]}}} | configs.a.auth.username: expected text, found ["
      })
  void refusesWhatNamesNoRegistry(String yaml, String why) {
    assertThatThrownBy(() -> registries(yaml))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(why);
  }

  @Test
  void withoutAFileNoRegistryIsSpecial() {
    assertThat(Registries.read(folder.resolve("absent.yaml")).credentialsToml()).isEmpty();
  }

  private Registries registries(String yaml) throws IOException {
    return Registries.read(Files.writeString(folder.resolve("registries.yaml"), yaml));
  }
}
