@NullMarked
package dev.navarch.apiserver.policies;

import org.jspecify.annotations.NullMarked;
