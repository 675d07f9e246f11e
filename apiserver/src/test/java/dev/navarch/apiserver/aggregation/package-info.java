@NullMarked
package dev.navarch.apiserver.aggregation;

import org.jspecify.annotations.NullMarked;
