/// API servers and what is behind them, killed and cut off under clients that write and watch.
@NullMarked
package dev.navarch.tests.faults;

import org.jspecify.annotations.NullMarked;
