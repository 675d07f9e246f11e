/// Volumes of pods as folders on the node: written atomically, refreshed while the pod runs, and
/// never reaching outside themselves.
@NullMarked
package dev.navarch.node.volumes;

import org.jspecify.annotations.NullMarked;
