@NullMarked
package dev.navarch.apiserver.custom;

import org.jspecify.annotations.NullMarked;
