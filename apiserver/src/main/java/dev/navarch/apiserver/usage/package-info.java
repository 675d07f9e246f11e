/// What nodes and pods use, as the nodes tell it: the figures of the API metrics.k8s.io.
@NullMarked
package dev.navarch.apiserver.usage;

import org.jspecify.annotations.NullMarked;
