package dev.navarch.node;

import dev.navarch.client.Cluster;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.node.cri.ContainerRuntime;
import java.time.InstantSource;

/// What all parts of a node's agent work with.
///
/// @param cluster with the rights of this node
/// @param informers show only this node's pods
/// @param recorder speaks as `kubelet` from this node
record NodeTools(
    NodeConfig config,
    NodeProvision provision,
    ContainerRuntime runtime,
    Cluster cluster,
    Informers informers,
    EventRecorder recorder,
    InstantSource clock) {}
