/// What the server counts and measures, under upstream's names where it has some.
@NullMarked
package dev.navarch.apiserver.metrics;

import org.jspecify.annotations.NullMarked;
