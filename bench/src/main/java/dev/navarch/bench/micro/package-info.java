/// What single steps of a request cost, measured by JMH: codec, patches, selectors, apply.
@NullMarked
package dev.navarch.bench.micro;

import org.jspecify.annotations.NullMarked;
