@NullMarked
package dev.navarch.apiserver.kinds;

import org.jspecify.annotations.NullMarked;
