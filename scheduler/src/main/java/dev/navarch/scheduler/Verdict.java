package dev.navarch.scheduler;

import java.util.List;

/// What a filter says of a pod on a node.
public sealed interface Verdict {
  Verdict FITS = new Fits();

  /// Nothing speaks against it.
  record Fits() implements Verdict {}

  /// It cannot run there; the reasons are what users read in the event: `Insufficient cpu`.
  sealed interface Rejects extends Verdict {
    List<String> reasons();
  }

  /// Other pods stand in the way: without some of them it may fit.
  record Crowded(List<String> reasons) implements Rejects {
    public Crowded(String reason) {
      this(List.of(reason));
    }
  }

  /// The node is not one for this pod, whatever else runs there.
  record Unfit(List<String> reasons) implements Rejects {
    public Unfit(String reason) {
      this(List.of(reason));
    }
  }
}
