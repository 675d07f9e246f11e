/// An HTTP server on Netty: HTTP/1.1 and HTTP/2 over TLS, one virtual thread for each request,
/// streaming answers, upgrades and raw tunnels. It knows nothing of Kubernetes.
@NullMarked
package dev.navarch.http;

import org.jspecify.annotations.NullMarked;
