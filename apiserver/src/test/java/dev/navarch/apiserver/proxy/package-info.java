@NullMarked
package dev.navarch.apiserver.proxy;

import org.jspecify.annotations.NullMarked;
