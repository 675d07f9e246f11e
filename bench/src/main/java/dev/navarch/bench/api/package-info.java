/// An API server under load: a real one in a process of its own, and what drives and judges it.
@NullMarked
package dev.navarch.bench.api;

import org.jspecify.annotations.NullMarked;
