/// Tests that cross modules.
@NullMarked
package dev.navarch.tests;

import org.jspecify.annotations.NullMarked;
