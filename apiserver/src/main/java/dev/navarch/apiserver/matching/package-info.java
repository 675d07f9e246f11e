/// Which requests concern a webhook or a policy, and what their expressions see of a request.
@NullMarked
package dev.navarch.apiserver.matching;

import org.jspecify.annotations.NullMarked;
