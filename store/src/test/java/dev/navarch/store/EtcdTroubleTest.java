package dev.navarch.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.navarch.store.Store.CompactedException;
import dev.navarch.store.Store.UnavailableException;
import dev.navarch.store.etcd.EtcdConfig;
import dev.navarch.store.etcd.EtcdStore;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever is wrong with an etcd, the message says what was found and what to do about it.
@Tag("nodes")
class EtcdTroubleTest {
  private static final String KEY = "/registry/pods/default/web";

  @TempDir(factory = MemoryFolder.class)
  private Path folder;

  @BeforeEach
  void needsEtcd() {
    assumeThat(EtcdMember.isInstalled()).as("etcd is installed (apt install etcd-server)").isTrue();
  }

  private static Store open(String endpoint) {
    return EtcdStore.open(EtcdConfig.plain(endpoint), InstantSource.system());
  }

  private static Store open(String endpoint, Path ca, @Nullable TestKeys own) {
    return EtcdStore.open(
        new EtcdConfig(
            List.of(URI.create(endpoint)),
            EtcdConfig.PREFIX,
            Optional.of(ca),
            Optional.ofNullable(own).map(TestKeys::certificate),
            Optional.ofNullable(own).map(TestKeys::key)),
        InstantSource.system());
  }

  private static void put(Store store, String key) {
    store.put(key, "1".getBytes(UTF_8), 0, null);
  }

  @Test
  @Tag("slow")
  void certificatesAreAskedForBothWays() throws Exception {
    TestKeys server = TestKeys.make(folder, "server");
    TestKeys client = TestKeys.make(folder, "client");
    TestKeys stranger = TestKeys.make(folder, "stranger");
    try (EtcdMember member =
        EtcdMember.start(
            folder,
            "--cert-file=" + server.certificate(),
            "--key-file=" + server.key(),
            "--client-cert-auth",
            "--trusted-ca-file=" + client.certificate())) {
      try (Store store = open(member.endpoint(), server.certificate(), client)) {
        put(store, KEY);
        assertThat(store.get(KEY)).isPresent();
      }
      assertThatThrownBy(() -> open(member.endpoint(), stranger.certificate(), client))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("shows a certificate that --etcd-cafile does not vouch for")
          .hasMessageContaining("give the authority that signed it");
      assertThatThrownBy(() -> open(member.endpoint(), server.certificate(), stranger))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("refuses our certificate")
          .hasMessageContaining("--etcd-certfile and --etcd-keyfile");
      assertThatThrownBy(() -> open(member.endpoint(), server.certificate(), null))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("refuses our certificate");
      assertThatThrownBy(() -> open(member.endpoint().replace("https", "http")))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("https");
    }
  }

  @Test
  void anEtcdThatHangsIsCalledSlow() throws Exception {
    try (EtcdMember member = EtcdMember.start(folder);
        Store store = open(member.endpoint())) {
      put(store, KEY);
      member.signal("STOP");
      Duration little = Duration.ofMillis(100);
      assertThatThrownBy(
              () -> Patience.within(little, () -> store.put(KEY + "1", new byte[0], 0, null)))
          .isInstanceOf(Store.LateException.class)
          .hasMessageContaining("whether this was written is not known");
      assertThatThrownBy(() -> Patience.within(little, () -> store.get(KEY)))
          .isInstanceOf(Store.LateException.class);
      assertThatThrownBy(() -> Patience.within(little, store::revision))
          .isInstanceOf(Store.LateException.class);
      assertThatThrownBy(() -> store.put(KEY + "2", new byte[0], 0, null))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("is too slow")
          .hasMessageContaining("look at its disk, its network and its logs")
          .hasMessageContaining("whether this was written is not known");
      member.signal("CONT");
      assertThat(store.get(KEY)).isPresent();
    }
  }

  @Test
  void anEtcdWithoutLeaderIsNamed() throws Exception {
    List<EtcdMember> three = EtcdMember.start(folder, 3, List.of());
    try (Store store = open(three.getFirst().endpoint())) {
      put(store, KEY);
      three.get(1).kill();
      three.get(2).kill();
      assertThatThrownBy(() -> store.get(KEY))
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("has no leader just now")
          .hasMessageContaining("start them again");
      three.get(1).startAgain();
      assertThat(store.get(KEY)).isPresent();
      put(store, KEY + "2");
    } finally {
      three.forEach(EtcdMember::close);
    }
  }

  @Test
  void whatSomebodyElseCompactedIsGone() throws Exception {
    try (EtcdMember member = EtcdMember.start(folder);
        Store store = open(member.endpoint());
        Store other = open(member.endpoint())) {
      put(store, KEY);
      put(store, KEY + "2");
      put(store, KEY + "3");
      other.compact(3);
      assertThatThrownBy(() -> store.range("/registry/", "/registry0", 2, 0))
          .isInstanceOf(CompactedException.class)
          .hasMessageContaining("revision 2 was compacted");
      var recorder = new Recorder();
      store.watch("/registry/", 1, recorder);
      assertThat(recorder.end()).isInstanceOf(CompactedException.class);
      var later = new Recorder();
      store.watch("/registry/", 3, later);
      assertThat(later.upTo(4)).hasSize(1);
    }
  }
}
