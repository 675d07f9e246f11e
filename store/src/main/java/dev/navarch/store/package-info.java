/// A revisioned key-value store over opaque bytes.
@NullMarked
package dev.navarch.store;

import org.jspecify.annotations.NullMarked;
