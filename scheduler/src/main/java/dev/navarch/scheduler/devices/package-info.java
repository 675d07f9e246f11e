/// Devices that claims ask for: what drivers offer, what is given out, and who gets what.
@NullMarked
package dev.navarch.scheduler.devices;

import org.jspecify.annotations.NullMarked;
