/// A whole cluster on one machine: its network, its nodes as namespaces, its processes.
@NullMarked
package dev.navarch.app.local;

import org.jspecify.annotations.NullMarked;
