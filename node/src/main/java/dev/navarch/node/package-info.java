/// The node agent: pods over CRI, images, volumes, probes, logs, stats; network, proxy.
@NullMarked
package dev.navarch.node;

import org.jspecify.annotations.NullMarked;
