/// Which processors, memory and devices a container gets for its own, so that they lie close
/// together.
@NullMarked
package dev.navarch.node.topology;

import org.jspecify.annotations.NullMarked;
