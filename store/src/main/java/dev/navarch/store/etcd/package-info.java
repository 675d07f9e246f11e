/// The store over etcd 3.4 and later, through its gRPC API.
@NullMarked
package dev.navarch.store.etcd;

import org.jspecify.annotations.NullMarked;
