package dev.navarch.node.eviction;

import java.util.Arrays;
import java.util.Optional;

/// What a node can run short of, and the node condition that says so.
public enum Signal {
  MEMORY("memory.available", "memory", "MemoryPressure"),
  /// Of what pods may have together, rather than of the whole machine.
  ALLOCATABLE_MEMORY("allocatableMemory.available", "memory", "MemoryPressure"),
  NODE_DISK("nodefs.available", "ephemeral-storage", "DiskPressure"),
  NODE_INODES("nodefs.inodesFree", "inodes", "DiskPressure"),
  IMAGE_DISK("imagefs.available", "ephemeral-storage", "DiskPressure"),
  IMAGE_INODES("imagefs.inodesFree", "inodes", "DiskPressure"),
  PROCESSES("pid.available", "pids", "PIDPressure");

  private final String title;
  private final String resource;
  private final String condition;

  Signal(String title, String resource, String condition) {
    this.title = title;
    this.resource = resource;
    this.condition = condition;
  }

  /// As configurations name it.
  public String title() {
    return title;
  }

  /// As pods and messages name what is short.
  public String resource() {
    return resource;
  }

  public String condition() {
    return condition;
  }

  boolean isMemory() {
    return this == MEMORY || this == ALLOCATABLE_MEMORY;
  }

  boolean isDisk() {
    return condition.equals("DiskPressure");
  }

  static Optional<Signal> named(String title) {
    return Arrays.stream(values()).filter(signal -> signal.title.equals(title)).findFirst();
  }
}
