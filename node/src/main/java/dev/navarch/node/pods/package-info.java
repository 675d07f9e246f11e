/// Runs the pods that are bound to this node: one worker each, from the sandbox to the last status.
@NullMarked
package dev.navarch.node.pods;

import org.jspecify.annotations.NullMarked;
