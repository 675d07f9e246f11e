/// Documents and their schema: kinds, codecs, selectors, quantities, patches, merge. No I/O.
@NullMarked
package dev.navarch.api;

import org.jspecify.annotations.NullMarked;
