/// How pods reach each other: the bridge of a node, routes between nodes, the way out.
@NullMarked
package dev.navarch.node.network;

import org.jspecify.annotations.NullMarked;
