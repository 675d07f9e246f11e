/// What becomes of pods when the machine goes down in an orderly way: they end first, in the order
/// of their priority, while logind waits.
@NullMarked
package dev.navarch.node.shutdown;

import org.jspecify.annotations.NullMarked;
