/// Reaching into nodes, pods and services through the API server: logs, exec, attach, port-forward
/// and plain HTTP.
@NullMarked
package dev.navarch.apiserver.proxy;

import org.jspecify.annotations.NullMarked;
