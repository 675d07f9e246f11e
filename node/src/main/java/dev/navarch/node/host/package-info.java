/// The machine beneath the node: commands, processes, kernel settings, control groups.
@NullMarked
package dev.navarch.node.host;

import org.jspecify.annotations.NullMarked;
