package dev.navarch.node.images;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.Image;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
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
/// first, until enough is free. One thread uses it.
public final class ImageGc {
  public static final Duration PERIOD = Duration.ofMinutes(5);
  private static final Logger LOG = LoggerFactory.getLogger(ImageGc.class);
  private static final int HIGH_PERCENT = 85;
  private static final int LOW_PERCENT = 80;
  private static final Duration YOUNGEST = Duration.ofMinutes(2);

  private final ContainerRuntime runtime;
  private final InstantSource clock;
  private final Path dataDir;
  private final Set<String> kept;
  private final Map<String, Instant> lastUsed = new HashMap<>();

  /// @param dataDir whose filesystem holds the images
  /// @param kept names that are never removed
  public ImageGc(ContainerRuntime runtime, InstantSource clock, Path dataDir, Set<String> kept) {
    this.runtime = runtime;
    this.clock = clock;
    this.dataDir = dataDir;
    this.kept = Set.copyOf(kept);
  }

  public void run() {
    try {
      FileStore disk = Files.getFileStore(dataDir);
      long total = disk.getTotalSpace();
      long used = total - disk.getUsableSpace();
      long surplus = used * 100 < total * HIGH_PERCENT ? 0 : used - total / 100 * LOW_PERCENT;
      for (Image image : victims(surplus)) {
        runtime.removeImage(image.getId());
        LOG.atInfo()
            .addKeyValue("image", image.getId())
            .addKeyValue("bytes", image.getSize())
            .log("unused image removed, the disk is nearly full");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Notes what is in use now, and chooses what goes.
  ///
  /// @param surplus bytes to free; 0 for none
  List<Image> victims(long surplus) {
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
        if (!keep && !lastUsed.get(image.getId()).isAfter(now.minus(YOUNGEST))) {
          unused.add(image);
        }
      }
    }
    lastUsed.keySet().retainAll(present);
    unused.sort(Comparator.comparing(image -> lastUsed.get(image.getId())));
    List<Image> chosen = new ArrayList<>();
    long left = surplus;
    for (Image image : unused) {
      if (left <= 0) {
        break;
      }
      chosen.add(image);
      left -= image.getSize();
    }
    return chosen;
  }
}
