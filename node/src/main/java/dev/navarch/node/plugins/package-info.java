/// Programs on the same machine that extend the agent: how they are found, and how it calls them.
@NullMarked
package dev.navarch.node.plugins;

import org.jspecify.annotations.NullMarked;
