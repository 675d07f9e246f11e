/// Devices that plugins offer: in the node's capacity as extended resources, and in containers.
@NullMarked
package dev.navarch.node.devices;

import org.jspecify.annotations.NullMarked;
