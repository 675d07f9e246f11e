/// The container runtime of a node: its configuration, start and health.
@NullMarked
package dev.navarch.node.runtime;

import org.jspecify.annotations.NullMarked;
