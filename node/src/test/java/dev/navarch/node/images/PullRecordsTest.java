package dev.navarch.node.images;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.node.cri.v1.AuthConfig;
import dev.navarch.node.settings.KubeletSettings;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PullRecordsTest {
  private static final Instant NOW = Instant.parse("2026-01-02T03:04:05Z");
  private static final ImageName IMAGE =
      ImageName.parse("registry.example/team/app:1").orElseThrow();
  private static final String ID = "sha256:abc";

  @TempDir Path folder;

  private PullRecords records(String policy) {
    return new PullRecords(
        folder,
        KubeletSettings.defaults()
            .with("imagePullCredentialsVerificationPolicy", policy)
            .with("preloadedImagesVerificationAllowlist", List.of("registry.example/team/*")));
  }

  private static Credential secret(String uid, String password) {
    var auth = AuthConfig.newBuilder().setUsername("me").setPassword(password).build();
    return Credential.ofSecret(auth, uid, "default", "name-" + uid);
  }

  @Test
  void whatWasPulledWithASecretIsForThoseWhoHaveIt() {
    PullRecords records = records("NeverVerifyPreloadedImages");
    records.begin(IMAGE);
    records.end(IMAGE, ID, secret("a", "pw"), NOW);
    assertThat(records.admits(IMAGE, ID, List.of(secret("a", "pw")))).isTrue();
    assertThat(records.admits(IMAGE, ID, List.of(secret("a", "rotated"))))
        .as("same place")
        .isTrue();
    assertThat(records.admits(IMAGE, ID, List.of(secret("b", "pw")))).as("same content").isTrue();
    assertThat(records.admits(IMAGE, ID, List.of(secret("b", "other")))).isFalse();
    assertThat(records.admits(IMAGE, ID, List.of())).isFalse();
    assertThat(records("NeverVerify").admits(IMAGE, ID, List.of())).isTrue();
  }

  @Test
  void whatTheNodeCouldPullIsForEverybody() {
    PullRecords records = records("AlwaysVerify");
    records.end(IMAGE, ID, secret("a", "pw"), NOW);
    records.end(IMAGE, ID, Credential.ofNode(AuthConfig.getDefaultInstance()), NOW);
    assertThat(records.admits(IMAGE, ID, List.of())).isTrue();
  }

  @Test
  void preloadedImagesAreForEverybodyUnlessThePolicySaysOtherwise() {
    assertThat(records("NeverVerifyPreloadedImages").admits(IMAGE, ID, List.of())).isTrue();
    assertThat(records("AlwaysVerify").admits(IMAGE, ID, List.of())).isFalse();
    assertThat(records("NeverVerifyAllowlistedImages").admits(IMAGE, ID, List.of())).isTrue();
    ImageName other = ImageName.parse("registry.example/other:1").orElseThrow();
    assertThat(records("NeverVerifyAllowlistedImages").admits(other, ID, List.of())).isFalse();
  }

  @Test
  void aPullThatWasUnderWayWhenTheAgentEndedDidNotPreload() {
    records("NeverVerifyPreloadedImages").begin(IMAGE);
    PullRecords after = records("NeverVerifyPreloadedImages");
    assertThat(after.admits(IMAGE, ID, List.of())).isFalse();
    after.forget(IMAGE);
    assertThat(after.admits(IMAGE, ID, List.of())).isTrue();
  }

  @Test
  void pullsAreLetThroughAtTheirRate() {
    Instant[] now = {NOW};
    PullRate rate = new PullRate(2, 3, () -> now[0]);
    assertThat(List.of(rate.allows(), rate.allows(), rate.allows())).containsOnly(true);
    assertThat(rate.allows()).isFalse();
    now[0] = now[0].plusMillis(500);
    assertThat(rate.allows()).isTrue();
    assertThat(rate.allows()).isFalse();
    assertThat(new PullRate(0, 0, () -> NOW).allows()).isTrue();
  }
}
