/// Tests of the audit log.
@NullMarked
package dev.navarch.apiserver.audit;

import org.jspecify.annotations.NullMarked;
