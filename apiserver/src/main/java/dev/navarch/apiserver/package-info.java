/// HTTP, authentication, authorisation, admission, one generic registry for every kind, watch
/// cache, discovery, OpenAPI, proxying.
@NullMarked
package dev.navarch.apiserver;

import org.jspecify.annotations.NullMarked;
