/// Tests of what is measured.
@NullMarked
package dev.navarch.bench.micro;

import org.jspecify.annotations.NullMarked;
