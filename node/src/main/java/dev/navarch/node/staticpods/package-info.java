/// Pods that a node runs by itself, from files, without being told by the API; and their mirrors
/// there.
@NullMarked
package dev.navarch.node.staticpods;

import org.jspecify.annotations.NullMarked;
