@NullMarked
package dev.navarch.apiserver.auth;

import org.jspecify.annotations.NullMarked;
