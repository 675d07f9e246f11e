/// One reconciler per file.
@NullMarked
package dev.navarch.controllers;

import org.jspecify.annotations.NullMarked;
