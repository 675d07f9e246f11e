package dev.navarch.node.pods;

/// Why a container is not running now: `CrashLoopBackOff`, `ErrImagePull`…
record Waiting(String reason, String message) {}
