@NullMarked
package dev.navarch.apiserver;

import org.jspecify.annotations.NullMarked;
