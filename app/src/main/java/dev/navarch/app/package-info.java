/// Wires the parts and holds the command line.
@NullMarked
package dev.navarch.app;

import org.jspecify.annotations.NullMarked;
