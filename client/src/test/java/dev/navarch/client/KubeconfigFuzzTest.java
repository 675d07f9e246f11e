package dev.navarch.client;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;

/// Files and words that a user brings along.
final class KubeconfigFuzzTest {

  /// A kubeconfig is read, and one can be added to it; or it is refused with a reason.
  @FuzzTest
  void kubeconfig(byte[] bytes) throws IOException {
    Path file = Files.createTempFile("navarch-fuzz", ".yaml");
    try {
      Files.write(file, bytes);
      refusedOrRead(() -> Kubeconfig.read(file).access());
      refusedOrRead(
          () -> {
            Kubeconfigs.merge(
                file,
                "mine",
                new ServerAccess(URI.create("https://a:1"), null, null, null, "t", null, false));
            assertThat(Kubeconfig.read(file).access().token()).isEqualTo("t");
            Kubeconfigs.remove(file, "mine");
          });
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static void refusedOrRead(Runnable read) {
    try {
      read.run();
    } catch (IllegalArgumentException refused) {
      assertThat(refused.getMessage()).isNotEmpty();
    } catch (UncheckedIOException missing) {
      assertThat(missing.getMessage()).contains("cannot");
    }
  }

  @FuzzTest
  void privateKey(byte[] pem) {
    for (String algorithm : new String[] {"EC", "RSA"}) {
      try {
        PrivateKeys.pkcs8(pem, algorithm);
      } catch (GeneralSecurityException refused) {
        assertThat(refused.getMessage()).isNotEmpty();
      }
    }
  }

  @FuzzTest
  void bootstrapToken(byte[] bytes) {
    BootstrapToken.parse(new String(bytes, UTF_8))
        .ifPresent(
            token ->
                assertThat(BootstrapToken.of(token.toSecret()).orElseThrow().text())
                    .isEqualTo(token.text()));
  }
}
