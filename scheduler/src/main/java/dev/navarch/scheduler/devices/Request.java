package dev.navarch.scheduler.devices;

import dev.navarch.api.Quantity;
import dev.navarch.client.DeviceTaints;
import dev.navarch.scheduler.devices.DeviceSelectors.Selector;
import io.fabric8.kubernetes.api.model.resource.v1.CapacityRequirements;
import io.fabric8.kubernetes.api.model.resource.v1.Device;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequest;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceSelector;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceToleration;
import io.fabric8.kubernetes.api.model.resource.v1.ExactDeviceRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One request of a claim, ready to be looked for: what would do, the most wanted first.
///
/// @param name as the claim calls it
record Request(String name, List<Option> options) {

  /// One way to satisfy a request.
  ///
  /// @param name `request`, or `request/subrequest`
  /// @param all whether every device that matches is wanted
  record Option(
      String name,
      DeviceClass deviceClass,
      List<Selector> selectors,
      boolean all,
      int count,
      boolean admin,
      List<DeviceToleration> tolerations,
      Map<String, Quantity> capacity) {

    boolean matches(Pool.Offer offer) {
      return selectors.stream()
          .allMatch(selector -> selector.matches(offer.id().driver(), offer.device()));
    }

    boolean tolerates(Device device) {
      return Lists.of(device.getTaints()).stream()
          .filter(taint -> !"None".equals(taint.getEffect()))
          .allMatch(
              taint -> tolerations.stream().anyMatch(one -> DeviceTaints.tolerates(one, taint)));
    }
  }

  /// @throws CannotAllocate when the class is not there, or a selector cannot be read
  static Request of(DeviceRequest request, DevicesView devices) {
    List<Option> options = new ArrayList<>();
    ExactDeviceRequest exactly = request.getExactly();
    if (exactly != null) {
      DeviceClass deviceClass =
          deviceClass(request.getName(), exactly.getDeviceClassName(), devices);
      options.add(
          new Option(
              request.getName(),
              deviceClass,
              selectors(deviceClass, exactly.getSelectors(), devices),
              "All".equals(exactly.getAllocationMode()),
              count(exactly.getCount()),
              Boolean.TRUE.equals(exactly.getAdminAccess()),
              Lists.of(exactly.getTolerations()),
              capacity(exactly.getCapacity())));
    }
    for (var sub : Lists.of(request.getFirstAvailable())) {
      String name = request.getName() + "/" + sub.getName();
      DeviceClass deviceClass = deviceClass(name, sub.getDeviceClassName(), devices);
      options.add(
          new Option(
              name,
              deviceClass,
              selectors(deviceClass, sub.getSelectors(), devices),
              "All".equals(sub.getAllocationMode()),
              count(sub.getCount()),
              false,
              Lists.of(sub.getTolerations()),
              capacity(sub.getCapacity())));
    }
    return new Request(request.getName(), List.copyOf(options));
  }

  private static DeviceClass deviceClass(String request, String name, DevicesView devices) {
    return devices
        .deviceClass(name)
        .orElseThrow(
            () ->
                new CannotAllocate(
                    "request %s: device class %s does not exist".formatted(request, name)));
  }

  private static List<Selector> selectors(
      DeviceClass deviceClass, @Nullable List<DeviceSelector> own, DevicesView devices) {
    List<DeviceSelector> all = new ArrayList<>(Lists.of(deviceClass.getSpec().getSelectors()));
    all.addAll(Lists.of(own));
    return all.stream()
        .filter(selector -> selector.getCel() != null)
        .map(selector -> devices.selector(selector.getCel().getExpression()))
        .toList();
  }

  private static int count(@Nullable Long count) {
    return count == null ? 1 : (int) Math.min(count, Integer.MAX_VALUE);
  }

  private static Map<String, Quantity> capacity(@Nullable CapacityRequirements required) {
    Map<String, Quantity> capacity = new HashMap<>();
    if (required != null) {
      Lists.of(required.getRequests())
          .forEach((name, amount) -> capacity.put(name, Capacity.of(amount)));
    }
    return capacity;
  }
}
