/// What a kind needs beyond its schema, one file each; the list is KindRulesList.
@NullMarked
package dev.navarch.apiserver.kinds;

import org.jspecify.annotations.NullMarked;
