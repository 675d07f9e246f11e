@NullMarked
package dev.navarch.apiserver.webhooks;

import org.jspecify.annotations.NullMarked;
