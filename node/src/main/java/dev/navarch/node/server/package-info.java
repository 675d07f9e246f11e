/// The kubelet's HTTPS API: logs, exec, attach, port-forward, stats, health.
@NullMarked
package dev.navarch.node.server;

import org.jspecify.annotations.NullMarked;
