/// What a user sees of a real cluster: nodes with containers, brought up by the command line.
@NullMarked
package dev.navarch.tests.nodes;

import org.jspecify.annotations.NullMarked;
