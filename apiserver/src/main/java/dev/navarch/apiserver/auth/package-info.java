/// Who is calling, and whether they may.
@NullMarked
package dev.navarch.apiserver.auth;

import org.jspecify.annotations.NullMarked;
