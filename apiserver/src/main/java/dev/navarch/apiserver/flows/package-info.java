/// Flow schemas and priority levels: which requests belong together, and how important they are.
@NullMarked
package dev.navarch.apiserver.flows;

import org.jspecify.annotations.NullMarked;
