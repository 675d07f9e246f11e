package dev.navarch.node.volumes;

/// How full one volume of a pod is.
///
/// @param claim the name of the claim behind it; empty for none
/// @param inodes 0 when the volume does not count them
public record VolumeUsage(
    String claim,
    long available,
    long capacity,
    long used,
    long inodes,
    long inodesFree,
    long inodesUsed) {}
