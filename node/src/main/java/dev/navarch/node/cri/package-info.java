/// The Container Runtime Interface: what the agent asks of containerd or CRI-O, over a Unix socket.
@NullMarked
package dev.navarch.node.cri;

import org.jspecify.annotations.NullMarked;
