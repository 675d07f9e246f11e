package dev.navarch.node.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A runtime that was killed while it made a pod's network left its address taken for good.
class NetworkRemainsTest {
  @TempDir Path folder;
  private Path addresses;

  @BeforeEach
  void start() throws IOException {
    addresses = Files.createDirectories(folder.resolve("cni/networks/kubenet"));
    Files.createDirectories(folder.resolve("proc"));
    Files.writeString(addresses.resolve("10.1.0.2"), "known\r\neth0");
    Files.writeString(addresses.resolve("10.1.0.3"), "lost\r\neth0");
    Files.writeString(addresses.resolve("last_reserved_ip.0"), "10.1.0.3");
    Files.writeString(addresses.resolve("lock"), "");
  }

  private NetworkRemains look() {
    return NetworkRemains.look(folder.resolve("netns"), folder.resolve("cni"));
  }

  @Test
  void addressesOfUnknownSandboxesAreFreed() {
    look().remove(Set.of("known"), folder.resolve("proc"));
    assertThat(addresses.resolve("10.1.0.3")).doesNotExist();
    assertThat(addresses.resolve("10.1.0.2")).exists();
    assertThat(addresses.resolve("last_reserved_ip.0")).exists();
    assertThat(addresses.resolve("lock")).exists();
  }

  @Test
  void whatTheRuntimeMakesAfterTheLookStays() throws IOException {
    NetworkRemains remains = look();
    Files.writeString(addresses.resolve("10.1.0.4"), "being made\r\neth0");
    remains.remove(Set.of("known"), folder.resolve("proc"));
    assertThat(addresses.resolve("10.1.0.4")).exists();
  }
}
