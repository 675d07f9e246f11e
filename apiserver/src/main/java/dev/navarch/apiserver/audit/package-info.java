/// The audit log: who did what, when, and what came of it.
@NullMarked
package dev.navarch.apiserver.audit;

import org.jspecify.annotations.NullMarked;
