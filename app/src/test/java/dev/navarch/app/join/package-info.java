@NullMarked
package dev.navarch.app.join;

import org.jspecify.annotations.NullMarked;
