/// Objects of a resource as wire bytes, indexed, with their watchers.
@NullMarked
package dev.navarch.apiserver.cache;

import org.jspecify.annotations.NullMarked;
