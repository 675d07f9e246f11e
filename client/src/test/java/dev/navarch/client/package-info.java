/// The simulated cluster, and tests of what runs over any cluster.
@NullMarked
package dev.navarch.client;

import org.jspecify.annotations.NullMarked;
