/// What the agent tells users about their pods, as events.
@NullMarked
package dev.navarch.node.events;

import org.jspecify.annotations.NullMarked;
