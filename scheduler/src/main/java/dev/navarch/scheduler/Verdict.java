package dev.navarch.scheduler;

/// What a filter says of a pod on a node.
public sealed interface Verdict {
  Verdict FITS = new Fits();

  /// Nothing speaks against it.
  record Fits() implements Verdict {}

  /// It cannot run there; the reason is what users read in the event: `Insufficient cpu`.
  record Rejects(String reason) implements Verdict {}
}
