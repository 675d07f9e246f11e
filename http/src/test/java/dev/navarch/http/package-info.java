@NullMarked
package dev.navarch.http;

import org.jspecify.annotations.NullMarked;
