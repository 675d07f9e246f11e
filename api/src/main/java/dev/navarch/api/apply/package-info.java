/// Server-side apply: which fields of an object each manager owns, and how an applied configuration
/// is merged into it.
@org.jspecify.annotations.NullMarked
package dev.navarch.api.apply;
