/// Other people's clients against a control plane of ours: fabric8's, the official Java client, and
/// protobuf as controller-runtime speaks it.
@NullMarked
package dev.navarch.tests.clients;

import org.jspecify.annotations.NullMarked;
