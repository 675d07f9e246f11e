/// What the stores do, beside each other and beside the disk.
@NullMarked
package dev.navarch.bench.store;

import org.jspecify.annotations.NullMarked;
