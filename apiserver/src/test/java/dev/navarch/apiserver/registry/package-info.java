@NullMarked
package dev.navarch.apiserver.registry;

import org.jspecify.annotations.NullMarked;
