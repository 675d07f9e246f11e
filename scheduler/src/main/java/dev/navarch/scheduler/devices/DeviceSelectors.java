package dev.navarch.scheduler.devices;

import io.fabric8.kubernetes.api.model.resource.v1.Device;

/// Reads the expressions by which claims and classes pick devices.
@FunctionalInterface
public interface DeviceSelectors {
  /// @throws CannotAllocate when the text is no such expression
  Selector compile(String expression);

  /// A ready expression.
  @FunctionalInterface
  interface Selector {
    /// @throws CannotAllocate when it comes to an error
    boolean matches(String driver, Device device);
  }
}
