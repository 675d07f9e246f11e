/// CustomResourceDefinitions and the kinds that they bring: what a definition must keep to, what is
/// served because of it, and how its objects are judged, shown and converted.
@NullMarked
package dev.navarch.apiserver.custom;

import org.jspecify.annotations.NullMarked;
