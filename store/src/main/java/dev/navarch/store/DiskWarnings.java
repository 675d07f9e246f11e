package dev.navarch.store;

import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Warns while there is time: of a disk that takes long to sync, and of one that is nearly full.
/// Each warning comes once in a while, not at every write.
final class DiskWarnings {
  private static final Logger LOG = LoggerFactory.getLogger(DiskWarnings.class);
  private static final Duration SLOW = Duration.ofSeconds(1);
  private static final Duration PAUSE = Duration.ofMinutes(1);
  private static final Duration LOOK = Duration.ofSeconds(10);
  private static final long LEAST_FREE = 256L << 20;
  private static final long LEAST_PERCENT = 3;

  private final Path path;
  private final InstantSource clock;
  private Instant slowAgain = Instant.MIN;
  private Instant fullAgain = Instant.MIN;
  private Instant look = Instant.MIN;
  private final Room room;

  DiskWarnings(Path path, Room room, InstantSource clock) {
    this.path = path;
    this.room = room;
    this.clock = clock;
  }

  /// How much room a disk has.
  interface Room {
    Space now() throws IOException;

    /// In bytes.
    record Space(long free, long total) {}

    static Room of(Path path) {
      return () -> {
        FileStore disk = Files.getFileStore(path);
        return new Space(disk.getUsableSpace(), disk.getTotalSpace());
      };
    }
  }

  /// @param took how long a commit was on its way to the disk
  void committed(Duration took) {
    Instant now = clock.instant();
    if (took.compareTo(SLOW) > 0 && now.isAfter(slowAgain)) {
      slowAgain = now.plus(PAUSE);
      LOG.atWarn()
          .addKeyValue("path", path)
          .addKeyValue("milliseconds", took.toMillis())
          .log("the disk is slow: every write of the cluster waits for it");
    }
    if (now.isAfter(look)) {
      look = now.plus(LOOK);
      space(now);
    }
  }

  private void space(Instant now) {
    try {
      Room.Space space = room.now();
      if (isNearlyFull(space) && now.isAfter(fullAgain)) {
        fullAgain = now.plus(PAUSE);
        LOG.atWarn()
            .addKeyValue("path", path)
            .addKeyValue("freeMegabytes", space.free >> 20)
            .log("the disk is nearly full: when it is, the store takes no more writes");
      }
    } catch (IOException e) {
      LOG.atDebug().setCause(e).log("free space is not known");
    }
  }

  private static boolean isNearlyFull(Room.Space space) {
    return space.free < Math.min(LEAST_FREE, space.total / 100 * LEAST_PERCENT);
  }
}
