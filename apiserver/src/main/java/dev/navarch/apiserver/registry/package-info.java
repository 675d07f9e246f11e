/// The one generic path for objects of every kind.
@NullMarked
package dev.navarch.apiserver.registry;

import org.jspecify.annotations.NullMarked;
