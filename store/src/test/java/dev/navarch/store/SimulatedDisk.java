package dev.navarch.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A disk in memory that knows what would be left of it after a crash, and fails as it is told to.
final class SimulatedDisk implements Disk {
  private static final Path PLACE = Path.of("/simulated");

  /// What becomes of a synced write.
  enum Fault {
    NONE,
    /// It fails, and left nothing.
    UNDONE,
    /// It fails, and is there.
    DONE,
    /// It fails for want of space, as all that follow.
    FULL,
    /// The process ends before it.
    DIES_BEFORE,
    /// The process ends when it is there and nobody was told.
    DIES_AFTER,
    /// A bug that is planted: it is said to be there and is not.
    LOST
  }

  /// The process ends here.
  static final class Death extends Error {
    private static final long serialVersionUID = 1;

    Death() {
      super("the simulated process ends", null, false, false);
    }
  }

  private final Random random;
  private final Supplier<Fault> faults;
  private final NavigableMap<byte[], byte[]> durable = new TreeMap<>(Arrays::compareUnsigned);
  private final NavigableMap<byte[], byte[]> shown = new TreeMap<>(Arrays::compareUnsigned);
  private final List<Changes> unsynced = new ArrayList<>();
  private byte[] durableHead = Head.fresh();
  private byte[] head = Head.fresh();
  private boolean full;

  SimulatedDisk(Random random, Supplier<Fault> faults) {
    this.random = random;
    this.faults = faults;
  }

  void free() {
    full = false;
  }

  /// What a crash leaves: a killed process leaves what was written, a power cut at least what was
  /// synced.
  void crash() {
    if (random.nextBoolean()) {
      int kept = random.nextInt(unsynced.size() + 1);
      unsynced.subList(0, kept).forEach(changes -> apply(changes, durable));
      int half = head.length / 2;
      for (int from = 0; from < head.length; from += half) {
        if (random.nextBoolean()) {
          System.arraycopy(head, from, durableHead, from, half);
        }
      }
      head = durableHead.clone();
    } else {
      unsynced.forEach(changes -> apply(changes, durable));
    }
    unsynced.clear();
    shown.clear();
    shown.putAll(durable);
  }

  /// What would be there after a power cut.
  byte @Nullable [] durable(byte[] key) {
    return durable.get(key);
  }

  long durableNumber(byte[] name, long otherwise) {
    byte[] found = durable.get(name);
    return found == null ? otherwise : Layout.number(found);
  }

  private static void apply(Changes changes, NavigableMap<byte[], byte[]> to) {
    for (Changes.Change change : changes.all()) {
      if (change.value() == null) {
        to.remove(change.key());
      } else {
        to.put(change.key(), change.value());
      }
    }
  }

  @Override
  public Head.Mark mark() {
    return Head.newest(head)
        .orElseThrow(() -> new IllegalStateException("the head is damaged: " + PLACE));
  }

  @Override
  public void checkLogs() {}

  @Override
  public Records open(boolean reading) {
    return new Opened();
  }

  @Override
  public Head openHead(Turns turns) {
    return new Head(Optional.of(new HeadFile()), mark().turn(), turns::nanos);
  }

  @Override
  public Path path() {
    return PLACE;
  }

  @Override
  public Path newestLog() {
    return PLACE;
  }

  @Override
  public DiskWarnings.Room room() {
    return () -> new DiskWarnings.Room.Space(1L << 40, 1L << 41);
  }

  private final class HeadFile implements Head.Slots {
    @Override
    public void write(ByteBuffer mark, long at) {
      mark.get(head, (int) at, mark.remaining());
    }

    @Override
    public void force() {
      durableHead = head.clone();
    }

    @Override
    public void close() {}
  }

  private final class Opened implements Records, Records.View {
    private @Nullable IOException refusal;

    @Override
    public <T> T read(Use<T> use) {
      try {
        return use.of(this);
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }

    /// Nobody else is at work meanwhile.
    @Override
    public <T> T frozen(Use<T> use) {
      return read(use);
    }

    @Override
    public void commit(Changes changes) throws IOException {
      if (refusal != null) {
        throw refusal;
      }
      if (full) {
        throw new IOException("No space left on device");
      }
      switch (faults.get()) {
        case NONE -> sync(changes);
        case UNDONE -> throw new IOException("Input/output error");
        case DONE -> {
          sync(changes);
          throw new IOException("Input/output error");
        }
        case FULL -> {
          full = true;
          throw new IOException("No space left on device");
        }
        case DIES_BEFORE -> throw new Death();
        case DIES_AFTER -> {
          sync(changes);
          throw new Death();
        }
        case LOST -> apply(changes, shown);
      }
    }

    private void sync(Changes changes) {
      unsynced.forEach(earlier -> apply(earlier, durable));
      unsynced.clear();
      apply(changes, durable);
      apply(changes, shown);
    }

    @Override
    public void writeLazily(Changes changes) {
      if (refusal != null || full) {
        throw new Store.UnavailableException("No space left on device", null);
      }
      var copy = new Changes();
      changes.all().forEach(change -> copy.delete(change.key()));
      unsynced.add(copy);
      apply(copy, shown);
    }

    @Override
    public Optional<IOException> refusal() {
      return Optional.ofNullable(refusal);
    }

    @Override
    public void reopen() {
      refusal = full ? new IOException("No space left on device") : null;
    }

    @Override
    public void verify() {}

    @Override
    public long size() {
      return shown.size();
    }

    @Override
    public Path path() {
      return PLACE;
    }

    @Override
    public void close() {}

    @Override
    public byte @Nullable [] get(byte[] key) {
      return shown.get(key);
    }

    @Override
    public Cursor cursor(byte @Nullable [] end) {
      return new Place(end == null ? shown : shown.headMap(end, false));
    }
  }

  private static final class Place implements Records.Cursor {
    private final NavigableMap<byte[], byte[]> among;
    private byte @Nullable [] at;

    Place(NavigableMap<byte[], byte[]> among) {
      this.among = among;
    }

    @Override
    public void seek(byte[] key) {
      at = among.ceilingKey(key);
    }

    @Override
    public boolean isValid() {
      return at != null;
    }

    @Override
    public void next() {
      at = among.higherKey(key());
    }

    @Override
    public byte[] key() {
      return java.util.Objects.requireNonNull(at);
    }

    @Override
    public byte[] value() {
      return java.util.Objects.requireNonNull(among.get(key()));
    }

    @Override
    public byte firstByte() {
      return value()[0];
    }

    @Override
    public void close() {}
  }
}
