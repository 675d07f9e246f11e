/// What happens when a node runs short of memory, disk or processes: what nobody needs goes first,
/// then pods, in upstream's order.
@NullMarked
package dev.navarch.node.eviction;

import org.jspecify.annotations.NullMarked;
