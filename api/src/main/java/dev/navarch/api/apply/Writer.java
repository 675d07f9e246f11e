package dev.navarch.api.apply;

/// Who writes an object now.
///
/// @param manager the name that a client gives itself
/// @param subresource the part of the object that is written; empty for the object itself
/// @param time as it stands in documents
public record Writer(String manager, String subresource, String time) {
  public Writer {
    manager = manager.isEmpty() ? "unknown" : manager;
  }
}
