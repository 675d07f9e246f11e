package dev.navarch.controllers;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;

/// What may go wrong with a creation without being a fault: somebody else was quicker, or the
/// namespace is being deleted and takes nothing new.
final class Created {
  private Created() {}

  static void unlessGoingAway(Runnable creation) {
    try {
      creation.run();
    } catch (ApiException e) {
      if (!e.isAlreadyExists() && !e.isNotFound() && !isGoingAway(e)) {
        throw e;
      }
    }
  }

  static boolean isGoingAway(ApiException e) {
    return e.error() instanceof ApiError.Forbidden forbidden
        && forbidden.detail().contains("because it is being terminated");
  }
}
