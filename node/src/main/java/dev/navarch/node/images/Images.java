package dev.navarch.node.images;

import dev.navarch.client.Cluster;
import dev.navarch.node.NodeConfig;
import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.v1.AuthConfig;
import dev.navarch.node.cri.v1.Image;
import dev.navarch.node.cri.v1.PodSandboxConfig;
import dev.navarch.node.events.PodStory;
import dev.navarch.node.images.ImageState.Missing;
import dev.navarch.node.images.ImageState.Present;
import dev.navarch.node.images.ImageState.Pulling;
import dev.navarch.node.settings.KubeletSettings;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.grpc.Status;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// Brings images to the node by each container's pull policy. Asking never waits for a download: a
/// pull runs on its own thread and calls back, a failed one is tried again after a back-off.
public final class Images {
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(10);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
  private static final int PULLS_AT_ONCE = 3;

  /// No credentials: what a registry gives to anybody.
  private static final Credential ANONYMOUS = Credential.ofNode(AuthConfig.getDefaultInstance());

  private final ContainerRuntime runtime;
  private final PullSecrets secrets;
  private final PodStory story;
  private final InstantSource clock;
  private final CredentialProviders providers;
  private final PullRecords records;
  private final PullRate rate;
  private final Semaphore slots;
  private final Map<Wish, Progress> progress = new ConcurrentHashMap<>();

  public Images(
      ContainerRuntime runtime,
      Cluster cluster,
      PodStory story,
      InstantSource clock,
      NodeConfig config) {
    KubeletSettings settings = config.settings();
    this.providers = config.credentialProviders();
    this.records = new PullRecords(config.dataDir().resolve("image_manager"), settings);
    this.rate =
        new PullRate(settings.number("registryPullQPS"), settings.number("registryBurst"), clock);
    int atOnce = settings.optionalNumber("maxParallelImagePulls").orElse(PULLS_AT_ONCE);
    this.slots = new Semaphore(settings.flag("serializeImagePulls") ? 1 : atOnce, true);
    this.runtime = runtime;
    this.secrets = new PullSecrets(cluster);
    this.story = story;
    this.clock = clock;
  }

  private record Wish(String podUid, String container, String image) {}

  /// What the user has heard of a failed pull: each thing once.
  private enum Told {
    NOTHING,
    ERROR,
    BACK_OFF
  }

  private sealed interface Progress {
    record Running() implements Progress {}

    record Done(String reference) implements Progress {}

    record Failed(String why, Duration pause, Instant until, Told told) implements Progress {
      Failed with(Told more) {
        return new Failed(why, pause, until, more);
      }

      /// Not when the clock was set back since: nobody waits for longer than the pause.
      boolean isPausing(Instant now) {
        return now.isBefore(until) && !now.isBefore(until.minus(pause));
      }
    }
  }

  /// Says whether the container can be created now, and starts what is needed for that.
  ///
  /// @param changed is called when a pull that this call started has ended
  public ImageState ensure(
      Pod pod, Container container, PodSandboxConfig sandbox, Runnable changed) {
    var chapter = story.of(pod, container.getName());
    Optional<ImageName> parsed = ImageName.parse(container.getImage());
    if (parsed.isEmpty()) {
      String message =
          "Failed to apply default image tag \"%1$s\": couldn't parse image name \"%1$s\": invalid reference format"
              .formatted(container.getImage());
      chapter.warning("InspectFailed", message);
      return new Missing("InvalidImageName", message, clock.instant().plus(LONGEST_PAUSE));
    }
    ImageName name = parsed.get();
    var wish = new Wish(pod.getMetadata().getUid(), container.getName(), name.text());
    Progress soFar = progress.get(wish);
    if (soFar instanceof Progress.Running) {
      return new Pulling();
    }
    if (soFar instanceof Progress.Done done) {
      progress.remove(wish);
      Optional<Image> image = runtime.image(done.reference());
      if (image.isPresent()) {
        return new Present(done.reference(), image.get());
      }
    }
    if (!"Always".equals(container.getImagePullPolicy())) {
      Optional<Image> image =
          runtime.image(name.text()).filter(found -> isOpenTo(pod, name, found));
      if (image.isPresent()) {
        progress.remove(wish);
        chapter.normal(
            "Pulled",
            "Container image \"%s\" already present on machine and can be accessed by the pod"
                .formatted(container.getImage()));
        return new Present(image.get().getId(), image.get());
      }
    }
    if ("Never".equals(container.getImagePullPolicy())) {
      String message =
          "Container image \"%s\" is not present with pull policy of Never"
              .formatted(container.getImage());
      chapter.warning("ErrImageNeverPull", message);
      return new Missing("ErrImageNeverPull", message, clock.instant().plus(FIRST_PAUSE));
    }
    if (soFar instanceof Progress.Failed failed && failed.isPausing(clock.instant())) {
      return backOff(wish, failed, container, chapter);
    }
    Duration pause =
        soFar instanceof Progress.Failed failed ? doubled(failed.pause()) : FIRST_PAUSE;
    progress.put(wish, new Progress.Running());
    Thread.ofVirtual()
        .name("pull " + name.text())
        .start(
            () -> {
              pull(pod, container, name, sandbox, wish, pause, chapter);
              changed.run();
            });
    return new Pulling();
  }

  /// The pod is gone.
  public void forget(String podUid) {
    progress.keySet().removeIf(wish -> wish.podUid().equals(podUid));
  }

  private Missing backOff(
      Wish wish, Progress.Failed failed, Container container, PodStory.Chapter chapter) {
    if (failed.told() == Told.NOTHING) {
      progress.put(wish, failed.with(Told.ERROR));
      return new Missing("ErrImagePull", failed.why(), clock.instant().plusMillis(500));
    }
    String message = "Back-off pulling image \"%s\"".formatted(container.getImage());
    if (failed.told() == Told.ERROR) {
      progress.put(wish, failed.with(Told.BACK_OFF));
      chapter.normal("BackOff", message);
    }
    return new Missing(
        "ImagePullBackOff", message + ": ErrImagePull: " + failed.why(), failed.until());
  }

  private void pull(
      Pod pod,
      Container container,
      ImageName name,
      PodSandboxConfig sandbox,
      Wish wish,
      Duration pause,
      PodStory.Chapter chapter) {
    Instant asked = clock.instant();
    slots.acquireUninterruptibly();
    try {
      Instant started = clock.instant();
      chapter.normal("Pulling", "Pulling image \"%s\"".formatted(container.getImage()));
      String reference = pull(pod, name, sandbox);
      Instant ended = clock.instant();
      long size = runtime.image(reference).map(Image::getSize).orElse(0L);
      chapter.normal(
          "Pulled",
          "Successfully pulled image \"%s\" in %s (%s including waiting). Image size: %d bytes."
              .formatted(
                  container.getImage(),
                  seconds(Duration.between(started, ended)),
                  seconds(Duration.between(asked, ended)),
                  size));
      progress.put(wish, new Progress.Done(reference));
    } catch (CriException | dev.navarch.api.ApiException e) {
      String why =
          e instanceof CriException refused && refused.code() == Status.Code.UNKNOWN
              ? refused.said()
              : String.valueOf(e.getMessage());
      chapter.warning(
          "Failed", "Failed to pull image \"%s\": %s".formatted(container.getImage(), why));
      progress.put(
          wish, new Progress.Failed(why, pause, clock.instant().plus(pause), Told.NOTHING));
    } finally {
      slots.release();
    }
  }

  /// Tries what the pod and the node know in turn.
  private String pull(Pod pod, ImageName name, PodSandboxConfig sandbox) {
    if (!rate.allows()) {
      throw new CriException(Status.Code.RESOURCE_EXHAUSTED, "pull QPS exceeded");
    }
    List<Credential> keys = new ArrayList<>(secrets.forImage(pod, name));
    providers.forImage(name).forEach(auth -> keys.add(Credential.ofNode(auth)));
    if (keys.isEmpty()) {
      keys.add(ANONYMOUS);
    }
    records.begin(name);
    Optional<CriException> failure = Optional.empty();
    for (Credential key : keys) {
      try {
        String reference =
            runtime.pull(name.text(), key.equals(ANONYMOUS) ? null : key.auth(), sandbox);
        records.end(name, reference, key, clock.instant());
        return reference;
      } catch (CriException e) {
        failure = Optional.of(e);
      }
    }
    records.forget(name);
    throw failure.orElseThrow();
  }

  /// Whether the pod may use an image that is here, or has to show that it could pull it.
  private boolean isOpenTo(Pod pod, ImageName name, Image image) {
    return records.admits(name, image.getId(), secrets.forImage(pod, name));
  }

  private static Duration doubled(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) < 0 ? twice : LONGEST_PAUSE;
  }

  private static String seconds(Duration duration) {
    return duration.toMillis() < 1000
        ? duration.toMillis() + "ms"
        : "%.3fs".formatted(duration.toMillis() / 1000.0);
  }
}
