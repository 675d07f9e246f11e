/// CEL as Kubernetes speaks it: expressions compiled against declared types, evaluated over
/// documents within a cost budget. The library parses and checks; nothing of it is loaded before
/// the first expression.
@NullMarked
package dev.navarch.apiserver.cel;

import org.jspecify.annotations.NullMarked;
