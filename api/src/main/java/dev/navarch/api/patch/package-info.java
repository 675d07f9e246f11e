/// The three ways to change a document: JSON patch, merge patch and strategic merge patch.
@NullMarked
package dev.navarch.api.patch;

import org.jspecify.annotations.NullMarked;
