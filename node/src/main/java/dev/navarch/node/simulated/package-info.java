/// Nodes without containers, for trying the API, for tests and for scale.
@NullMarked
package dev.navarch.node.simulated;

import org.jspecify.annotations.NullMarked;
