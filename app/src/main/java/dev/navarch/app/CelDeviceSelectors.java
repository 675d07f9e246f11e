package dev.navarch.app;

import dev.navarch.apiserver.cel.CompileFailed;
import dev.navarch.apiserver.cel.DeviceExpression;
import dev.navarch.apiserver.cel.EvaluationFailed;
import dev.navarch.scheduler.devices.CannotAllocate;
import dev.navarch.scheduler.devices.DeviceSelectors;

/// The scheduler's selectors of devices, in the API server's CEL: what was checked when a claim was
/// written is what is evaluated when it is allocated.
final class CelDeviceSelectors implements DeviceSelectors {
  @Override
  public Selector compile(String expression) {
    try {
      DeviceExpression compiled = DeviceExpression.compile(expression);
      return (driver, device) -> {
        try {
          return compiled.matches(driver, device);
        } catch (EvaluationFailed e) {
          throw new CannotAllocate(
              "device %s/%s: CEL runtime error: %s"
                  .formatted(driver, device.getName(), e.getMessage()));
        }
      };
    } catch (CompileFailed e) {
      throw new CannotAllocate(e.getMessage());
    }
  }
}
