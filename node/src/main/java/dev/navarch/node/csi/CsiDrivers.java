package dev.navarch.node.csi;

import dev.navarch.node.plugins.PluginKind;
import dev.navarch.node.plugins.v1.PluginInfo;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// The storage drivers that are registered on this node. The API hears of each: the CSINode shows
/// it, the Node carries its labels.
public final class CsiDrivers implements PluginKind, AutoCloseable {
  public static final String TYPE = "CSIPlugin";

  private final CsiNodeObject object;
  private final Map<String, CsiDriver> drivers = new ConcurrentHashMap<>();

  public CsiDrivers(CsiNodeObject object) {
    this.object = object;
  }

  public Optional<CsiDriver> find(String name) {
    return Optional.ofNullable(drivers.get(name));
  }

  @Override
  public void register(PluginInfo info, Path endpoint) {
    if (info.getSupportedVersionsList().stream().noneMatch(CsiDrivers::isFirstVersion)) {
      throw new IllegalArgumentException(
          "CSI driver %s supports versions %s, expected 1.x"
              .formatted(info.getName(), info.getSupportedVersionsList()));
    }
    CsiDriver driver = CsiDriver.connect(info.getName(), endpoint);
    try {
      object.show(driver.name(), driver.info());
    } catch (RuntimeException e) {
      driver.close();
      throw e;
    }
    CsiDriver before = drivers.put(driver.name(), driver);
    if (before != null) {
      before.close();
    }
  }

  /// `1.0.0`, `v1`.
  private static boolean isFirstVersion(String version) {
    return version.matches("v?1(\\..*)?");
  }

  @Override
  public void gone(String name, Path endpoint) {
    CsiDriver driver = drivers.remove(name);
    if (driver != null) {
      driver.close();
      object.hide(name);
    }
  }

  @Override
  public void close() {
    drivers.values().forEach(CsiDriver::close);
    drivers.clear();
  }
}
