/// What the node, its pods and their containers use: sampled in one place, told as upstream's
/// summary and metrics.
@NullMarked
package dev.navarch.node.stats;

import org.jspecify.annotations.NullMarked;
