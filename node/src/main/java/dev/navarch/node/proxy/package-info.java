/// Services on a node: virtual addresses and node ports, spread over pods by the kernel.
@NullMarked
package dev.navarch.node.proxy;

import org.jspecify.annotations.NullMarked;
