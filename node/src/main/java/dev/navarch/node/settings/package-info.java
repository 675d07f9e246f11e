/// How the agent is set up: `KubeletConfiguration` v1beta1, each field checked and either acted on
/// or refused by its name.
@NullMarked
package dev.navarch.node.settings;

import org.jspecify.annotations.NullMarked;
