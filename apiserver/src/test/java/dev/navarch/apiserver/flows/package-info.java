/// Tests of flow schemas.
@NullMarked
package dev.navarch.apiserver.flows;

import org.jspecify.annotations.NullMarked;
