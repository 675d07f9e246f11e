/// What the server serves: discovery, OpenAPI, version.
@NullMarked
package dev.navarch.apiserver.discovery;

import org.jspecify.annotations.NullMarked;
