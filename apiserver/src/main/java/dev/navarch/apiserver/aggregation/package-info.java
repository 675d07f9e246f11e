/// APIs that other servers serve behind this one: what is registered as an `APIService` is watched
/// for, shown in discovery, and passed on with the caller's identity.
@NullMarked
package dev.navarch.apiserver.aggregation;

import org.jspecify.annotations.NullMarked;
