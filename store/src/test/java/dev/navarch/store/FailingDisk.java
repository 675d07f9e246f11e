package dev.navarch.store;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;

/// A real disk whose writes a test may fail, before or after they are done.
record FailingDisk(Disk disk, Failure failure) implements Disk {

  /// Does a write, or not.
  interface Failure {
    void commit(Records records, Changes changes) throws IOException;
  }

  @Override
  public Head.Mark mark() {
    return disk.mark();
  }

  @Override
  public void checkLogs() {
    disk.checkLogs();
  }

  @Override
  public Records open(boolean reading) {
    return new FailingRecords(disk.open(reading), failure);
  }

  @Override
  public Head openHead(Turns turns) {
    return disk.openHead(turns);
  }

  @Override
  public Path path() {
    return disk.path();
  }

  @Override
  public Path newestLog() {
    return disk.newestLog();
  }

  @Override
  public DiskWarnings.Room room() {
    return disk.room();
  }

  private record FailingRecords(Records records, Failure failure) implements Records {
    @Override
    public <T> T read(Use<T> use) {
      return records.read(use);
    }

    @Override
    public <T> T frozen(Use<T> use) {
      return records.frozen(use);
    }

    @Override
    public void commit(Changes changes) throws IOException {
      failure.commit(records, changes);
    }

    @Override
    public void writeLazily(Changes changes) {
      records.writeLazily(changes);
    }

    @Override
    public Optional<IOException> refusal() {
      return records.refusal();
    }

    @Override
    public void reopen() throws IOException {
      records.reopen();
    }

    @Override
    public void verify() {
      records.verify();
    }

    @Override
    public long size() {
      return records.size();
    }

    @Override
    public Path path() {
      return records.path();
    }

    @Override
    public void close() {
      records.close();
    }
  }
}
