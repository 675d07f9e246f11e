/// Admission webhooks: other people's servers that may change or refuse what is written.
@NullMarked
package dev.navarch.apiserver.webhooks;

import org.jspecify.annotations.NullMarked;
