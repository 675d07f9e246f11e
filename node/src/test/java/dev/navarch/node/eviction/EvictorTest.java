package dev.navarch.node.eviction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.node.eviction.PodUsage.ContainerUsage;
import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class EvictorTest {
  private static final long MI = 1L << 20;
  private static final long GI = 1L << 30;

  private final Map<Signal, Level> levels = new EnumMap<>(Signal.class);
  private final List<Candidate> running = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private final List<String> ended = new ArrayList<>();
  private boolean imagesApart;
  private Runnable onFree = () -> {};
  private int freed;
  private Instant now = Instant.parse("2026-01-02T03:04:05Z");
  private Set<String> conditions = Set.of();

  private final Evictor.Ground ground =
      new Evictor.Ground() {
        @Override
        public Map<Signal, Level> levels() {
          return Map.copyOf(levels);
        }

        @Override
        public boolean imagesApart() {
          return imagesApart;
        }

        @Override
        public void freeUnused() {
          freed++;
          onFree.run();
        }

        @Override
        public List<Candidate> running() {
          return List.copyOf(running);
        }

        @Override
        public List<Candidate> withStorageLimits() {
          return running().stream().filter(each -> Candidate.hasStorageLimit(each.pod())).toList();
        }

        @Override
        public void endOverLimit(Candidate candidate, String message) {
          gone(candidate, message);
        }

        @Override
        public void evict(Candidate candidate, String message, Duration grace) {
          gone(candidate, grace.toSeconds() + "s " + message);
        }

        private void gone(Candidate candidate, String message) {
          ended.add(candidate.pod().getMetadata().getName() + ": " + message);
          running.remove(candidate);
        }

        @Override
        public void tell(String message) {
          told.add(message);
        }
      };

  private Evictor evictor(KubeletSettings settings) {
    return new Evictor(settings, ground, () -> now);
  }

  private boolean round(Evictor evictor) {
    return evictor.round(holding -> conditions = holding);
  }

  private void pod(String name, int priority, String request, long memory, long written) {
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withName(name)
            .withUid(name)
            .endMetadata()
            .withNewSpec()
            .withPriority(priority)
            .addNewContainer()
            .withName("main")
            .withNewResources()
            .addToRequests("memory", new Quantity(request))
            .endResources()
            .endContainer()
            .endSpec()
            .build();
    var used = new ContainerUsage("main", memory, written, 1, 0);
    running.add(new Candidate(pod, new PodUsage(memory, 3, 0, 0, List.of(used))));
  }

  private void memory(long available) {
    levels.put(Signal.MEMORY, new Level(available, 4 * GI));
  }

  private void disk(int percent) {
    levels.put(Signal.NODE_DISK, new Level(percent * GI, 100 * GI));
  }

  @Test
  void nothingHappensWhileThereIsEnough() {
    memory(GI);
    disk(50);
    pod("any", 0, "0", GI, 0);
    assertThat(round(evictor(KubeletSettings.defaults()))).isFalse();
    assertThat(conditions).isEmpty();
    assertThat(ended).isEmpty();
    assertThat(freed).isZero();
  }

  @Test
  void memoryGoesFromWhoeverUsesMoreThanAskedForThenByPriorityThenByExcess() {
    var evictor = evictor(KubeletSettings.defaults());
    memory(50 * MI);
    pod("within", -100, "2Gi", GI, 0);
    pod("important", 10, "0", 3 * GI, 0);
    pod("small", 0, "100Mi", 200 * MI, 0);
    pod("large", 0, "100Mi", 900 * MI, 0);
    pod("critical", 2_000_000_000, "0", 3 * GI, 0);
    for (int i = 0; i < 4; i++) {
      assertThat(round(evictor)).isTrue();
    }
    assertThat(ended)
        .extracting(text -> text.substring(0, text.indexOf(':')))
        .containsExactly("large", "small", "important", "within");
    assertThat(ended.getFirst())
        .isEqualTo(
            "large: 1s The node was low on resource: memory. Threshold quantity: 100Mi, available:"
                + " 50Mi. Container main was using 900Mi, request is 100Mi, has larger consumption"
                + " of memory. ");
    assertThat(told).contains("Attempting to reclaim memory");
    assertThat(round(evictor)).as("a critical pod stays").isFalse();
    assertThat(conditions).containsExactly("MemoryPressure");
  }

  @Test
  void aConditionStaysForItsTransitionPeriod() {
    var evictor = evictor(KubeletSettings.defaults());
    memory(50 * MI);
    round(evictor);
    memory(GI);
    now = now.plusSeconds(299);
    round(evictor);
    assertThat(conditions).containsExactly("MemoryPressure");
    now = now.plusSeconds(1);
    round(evictor);
    assertThat(conditions).isEmpty();
  }

  @Test
  void softThresholdsWaitForTheirGraceAndGrantPodsTheirs() {
    var evictor =
        evictor(
            KubeletSettings.defaults()
                .with("evictionSoft", Map.of("memory.available", "500Mi"))
                .with("evictionSoftGracePeriod", Map.of("memory.available", "90s"))
                .with("evictionMaxPodGracePeriod", 20));
    memory(400 * MI);
    pod("one", 0, "0", GI, 0);
    assertThat(round(evictor)).isFalse();
    assertThat(conditions).as("told at once").containsExactly("MemoryPressure");
    now = now.plusSeconds(89);
    assertThat(round(evictor)).isFalse();
    now = now.plusSeconds(1);
    assertThat(round(evictor)).isTrue();
    assertThat(ended.getFirst()).startsWith("one: 20s ");
  }

  @Test
  void aThresholdThatIsMetNoMoreStartsItsGraceAnew() {
    var evictor =
        evictor(
            KubeletSettings.defaults()
                .with("evictionSoft", Map.of("memory.available", "500Mi"))
                .with("evictionSoftGracePeriod", Map.of("memory.available", "90s")));
    pod("one", 0, "0", GI, 0);
    memory(400 * MI);
    round(evictor);
    now = now.plusSeconds(60);
    memory(600 * MI);
    round(evictor);
    now = now.plusSeconds(60);
    memory(400 * MI);
    assertThat(round(evictor)).isFalse();
  }

  @Test
  void minimumReclaimIsFreedBeyondTheThreshold() {
    var evictor =
        evictor(
            KubeletSettings.defaults()
                .with("evictionMinimumReclaim", Map.of("memory.available", "500Mi")));
    pod("one", 0, "0", GI, 0);
    pod("two", 0, "0", GI, 0);
    pod("three", 0, "0", GI, 0);
    memory(50 * MI);
    assertThat(round(evictor)).isTrue();
    memory(300 * MI);
    assertThat(round(evictor)).as("over the threshold, not over the reclaim").isTrue();
    memory(600 * MI);
    assertThat(round(evictor)).isFalse();
    assertThat(ended).hasSize(2);
  }

  @Test
  void diskIsFreedOfWhatNobodyNeedsBeforeAPodGoes() {
    var evictor = evictor(KubeletSettings.defaults());
    disk(5);
    pod("one", 0, "0", 0, 7 * GI);
    onFree = () -> disk(30);
    assertThat(round(evictor)).isFalse();
    assertThat(freed).isOne();
    assertThat(ended).isEmpty();
    assertThat(conditions).containsExactly("DiskPressure");
    disk(5);
    onFree = () -> {};
    pod("bigger", 0, "0", 0, 8 * GI);
    assertThat(round(evictor)).isTrue();
    assertThat(ended.getFirst())
        .startsWith("bigger: 1s The node was low on resource: ephemeral-storage. Threshold")
        .contains(
            "Container main was using 8Gi, request is 0, has larger consumption of ephemeral");
  }

  @Test
  void withImagesOnTheirOwnDiskTheNodesDiskHasNothingToFree() {
    var evictor = evictor(KubeletSettings.defaults());
    imagesApart = true;
    disk(5);
    pod("one", 0, "0", 0, 7 * GI);
    assertThat(round(evictor)).isTrue();
    assertThat(freed).isZero();
  }

  @Test
  void processesAndInodesGoByPriorityThenUse() {
    var evictor =
        evictor(KubeletSettings.defaults().with("evictionHard", Map.of("pid.available", "10%")));
    levels.put(Signal.PROCESSES, new Level(5, 100));
    pod("important", 5, "0", 0, 0);
    pod("one", 0, "0", 0, 0);
    assertThat(round(evictor)).isTrue();
    assertThat(conditions).containsExactly("PIDPressure");
    assertThat(ended.getFirst())
        .isEqualTo(
            "one: 1s The node was low on resource: pids. Threshold quantity: 10, available: 5. ");
  }

  @Test
  void statedThresholdsReplaceTheDefaultsUnlessMerged() {
    var stated = KubeletSettings.defaults().with("evictionHard", Map.of("pid.available", "10%"));
    memory(MI);
    round(evictor(stated));
    assertThat(conditions).isEmpty();
    round(evictor(stated.with("mergeDefaultEvictionSettings", true)));
    assertThat(conditions).containsExactly("MemoryPressure");
    var off = KubeletSettings.defaults().with("evictionHard", Map.of("memory.available", "0%"));
    round(evictor(off));
    assertThat(conditions).isEmpty();
  }

  @Test
  void whoHoldsMoreOnDiskThanItsLimitIsEnded() {
    disk(50);
    var pod =
        new PodBuilder()
            .withNewMetadata()
            .withName("limited")
            .endMetadata()
            .withNewSpec()
            .addNewContainer()
            .withName("main")
            .withNewResources()
            .addToLimits("ephemeral-storage", new Quantity("1Mi"))
            .endResources()
            .endContainer()
            .addNewContainer()
            .withName("free")
            .endContainer()
            .endSpec()
            .build();
    var used = List.of(new ContainerUsage("main", 0, 2 * MI, 1, 0));
    running.add(new Candidate(pod, new PodUsage(0, 0, 0, 0, used)));
    assertThat(round(evictor(KubeletSettings.defaults()))).isTrue();
    assertThat(ended)
        .containsExactly(
            "limited: Container main exceeded its local ephemeral storage limit \"1Mi\". ");
  }
}
