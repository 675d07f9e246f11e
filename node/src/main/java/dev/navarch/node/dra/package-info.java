/// Devices of claims (dynamic resource allocation): the drivers of this node, what they have made
/// ready for pods, and how it gets into containers.
@NullMarked
package dev.navarch.node.dra;

import org.jspecify.annotations.NullMarked;
