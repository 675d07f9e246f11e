package dev.navarch.scheduler.devices;

import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResult;

/// One device of the cluster.
record DeviceId(String driver, String pool, String device) {
  static DeviceId of(DeviceRequestAllocationResult result) {
    return new DeviceId(result.getDriver(), result.getPool(), result.getDevice());
  }
}
