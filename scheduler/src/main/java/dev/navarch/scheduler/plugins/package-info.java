/// One file for each rule by which nodes are refused or preferred; the list is `Plugins`.
@NullMarked
package dev.navarch.scheduler.plugins;

import org.jspecify.annotations.NullMarked;
