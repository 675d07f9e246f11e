/// Startup, liveness and readiness probes, and the checks that they and lifecycle hooks share.
@NullMarked
package dev.navarch.node.probes;

import org.jspecify.annotations.NullMarked;
