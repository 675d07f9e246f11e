/// Images on the node: whether they are there, pulling them, and what to say when that fails.
@NullMarked
package dev.navarch.node.images;

import org.jspecify.annotations.NullMarked;
