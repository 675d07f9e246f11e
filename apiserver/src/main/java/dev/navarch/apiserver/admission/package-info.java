/// What is changed or refused before an object is stored; the list is AdmissionChain.
@NullMarked
package dev.navarch.apiserver.admission;

import org.jspecify.annotations.NullMarked;
