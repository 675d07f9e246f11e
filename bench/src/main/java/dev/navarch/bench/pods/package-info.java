/// How long pods take to run, and what a node's agent needs for them.
@NullMarked
package dev.navarch.bench.pods;

import org.jspecify.annotations.NullMarked;
