/// Cluster, informers, listers, work queue and the runtime that every reconciler runs in.
@NullMarked
package dev.navarch.client;

import org.jspecify.annotations.NullMarked;
