/// Label and field selectors, and the forms that names, labels and annotations may take.
@NullMarked
package dev.navarch.api.selectors;

import org.jspecify.annotations.NullMarked;
