package dev.navarch.node.images;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.Image;
import dev.navarch.node.host.Filesystem;
import dev.navarch.node.settings.KubeletSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Removes images that no container uses when the disk runs full: those that were used longest ago
/// first, until enough is free; and those that nobody used for too long.
public final class ImageGc {
  public static final Duration PERIOD = Duration.ofMinutes(5);
  private static final Logger LOG = LoggerFactory.getLogger(ImageGc.class);

  private final ContainerRuntime runtime;
  private final InstantSource clock;
  private final Path dataDir;
  private final Set<String> kept;
  private final int highPercent;
  private final int lowPercent;
  private final Duration youngest;
  private final Duration oldest;
  private final Map<String, Instant> lastUsed = new HashMap<>();

  /// @param dataDir whose filesystem holds the images
  /// @param kept names that are never removed
  public ImageGc(
      ContainerRuntime runtime,
      InstantSource clock,
      Path dataDir,
      Set<String> kept,
      KubeletSettings settings) {
    this.runtime = runtime;
    this.clock = clock;
    this.dataDir = dataDir;
    this.kept = Set.copyOf(kept);
    this.highPercent = settings.number("imageGCHighThresholdPercent");
    this.lowPercent = settings.number("imageGCLowThresholdPercent");
    this.youngest = settings.duration("imageMinimumGCAge");
    this.oldest = settings.duration("imageMaximumGCAge");
  }

  public synchronized void run() {
    Filesystem disk = Filesystem.of(dataDir);
    long total = disk.capacity();
    long used = total - disk.available();
    boolean full = highPercent < 100 && used * 100 >= total * highPercent;
    remove(victims(full ? used - total / 100 * lowPercent : 0, youngest));
  }

  /// Removes everything that is not in use now: the node needs the disk.
  public synchronized void removeUnused() {
    remove(victims(Long.MAX_VALUE, Duration.ZERO));
  }

  private void remove(List<Image> images) {
    for (Image image : images) {
      runtime.removeImage(image.getId());
      LOG.atInfo()
          .addKeyValue("image", image.getId())
          .addKeyValue("bytes", image.getSize())
          .log("unused image removed");
    }
  }

  /// Notes what is in use now, and chooses what goes.
  ///
  /// @param surplus bytes to free; 0 for none
  /// @param spared how long an image must have been unused
  List<Image> victims(long surplus, Duration spared) {
    Instant now = clock.instant();
    Set<String> inUse = new HashSet<>();
    runtime
        .containers("")
        .forEach(
            container -> {
              inUse.add(container.getImageRef());
              inUse.add(container.getImage().getImage());
            });
    List<Image> unused = new ArrayList<>();
    Set<String> present = new HashSet<>();
    for (Image image : runtime.images()) {
      present.add(image.getId());
      boolean used =
          inUse.contains(image.getId())
              || image.getRepoTagsList().stream().anyMatch(inUse::contains)
              || image.getRepoDigestsList().stream().anyMatch(inUse::contains);
      if (used) {
        lastUsed.put(image.getId(), now);
      } else {
        lastUsed.putIfAbsent(image.getId(), now);
        boolean keep =
            image.getPinned() || image.getRepoTagsList().stream().anyMatch(kept::contains);
        if (!keep && !lastUsed.get(image.getId()).isAfter(now.minus(spared))) {
          unused.add(image);
        }
      }
    }
    lastUsed.keySet().retainAll(present);
    unused.sort(Comparator.comparing(image -> lastUsed.get(image.getId())));
    List<Image> chosen = new ArrayList<>();
    long left = surplus;
    for (Image image : unused) {
      boolean tooOld =
          oldest.isPositive()
              && lastUsed.getOrDefault(image.getId(), now).isBefore(now.minus(oldest));
      if (left <= 0 && !tooOld) {
        continue;
      }
      chosen.add(image);
      left -= image.getSize();
    }
    return chosen;
  }
}
