package dev.navarch.node.pods;

/// Why the node itself ended a pod: `DeadlineExceeded`, `Evicted`.
record Failure(String reason, String message) {}
