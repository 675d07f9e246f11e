/// How a machine becomes a node of a cluster by a token, and keeps its identity fresh.
@NullMarked
package dev.navarch.app.join;

import org.jspecify.annotations.NullMarked;
