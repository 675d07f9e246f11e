/// Controllers over a simulated cluster.
@NullMarked
package dev.navarch.controllers;

import org.jspecify.annotations.NullMarked;
