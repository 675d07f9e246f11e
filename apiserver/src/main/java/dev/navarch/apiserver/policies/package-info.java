/// Admission policies: what validating and mutating policies of the API say about a request, in
/// CEL.
@NullMarked
package dev.navarch.apiserver.policies;

import org.jspecify.annotations.NullMarked;
