/// The command line, one file for each command; the list is `Commands`.
@NullMarked
package dev.navarch.app.cli;

import org.jspecify.annotations.NullMarked;
