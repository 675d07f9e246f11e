/// Storage drivers on this node: who they are, what they can, and their calls.
@NullMarked
package dev.navarch.node.csi;

import org.jspecify.annotations.NullMarked;
