package dev.navarch.node.eviction;

/// How much of something there is and how much is left, in bytes or pieces.
public record Level(long available, long capacity) {}
