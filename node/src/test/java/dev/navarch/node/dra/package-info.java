@NullMarked
package dev.navarch.node.dra;

import org.jspecify.annotations.NullMarked;
