package dev.navarch.node.dra;

import dev.navarch.api.ApiException;
import dev.navarch.api.selectors.NameChecks;
import dev.navarch.client.Cluster;
import dev.navarch.client.Resource;
import dev.navarch.node.plugins.PluginKind;
import dev.navarch.node.plugins.v1.PluginInfo;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The drivers of devices that are registered on this node. What a driver had published for the
/// node goes when it does not come back: pods would wait here for it.
public final class DraDrivers implements PluginKind, AutoCloseable {
  public static final String TYPE = "DRAPlugin";

  private static final Logger LOG = LoggerFactory.getLogger(DraDrivers.class);
  private static final Resource<ResourceSlice> SLICES = Resource.of(ResourceSlice.class);

  /// The newest first.
  private static final List<String> SERVICES = List.of("v1.DRAPlugin", "v1beta1.DRAPlugin");

  private static final Duration TIME_TO_COME_BACK = Duration.ofSeconds(30);

  private final Cluster cluster;
  private final String nodeName;
  private final InstantSource clock;
  private final Map<String, List<DraDriver>> drivers = new ConcurrentHashMap<>();
  private final Map<String, Instant> gone = new ConcurrentHashMap<>();
  private volatile Runnable changed = () -> {};

  public DraDrivers(Cluster cluster, String nodeName, InstantSource clock) {
    this.cluster = cluster;
    this.nodeName = nodeName;
    this.clock = clock;
  }

  /// @param hears that a driver has come
  public void onChange(Runnable hears) {
    changed = hears;
  }

  DraDriver get(String name) {
    List<DraDriver> instances = drivers.getOrDefault(name, List.of());
    if (instances.isEmpty()) {
      throw new DraException("DRA driver %s is not registered".formatted(name));
    }
    return instances.getLast();
  }

  @Override
  public void register(PluginInfo info, Path endpoint) {
    String name = info.getName();
    List<String> wrong = NameChecks.dnsSubdomain(name);
    if (!wrong.isEmpty()) {
      throw new IllegalArgumentException(
          "DRA driver name \"%s\" is invalid: %s".formatted(name, wrong.getFirst()));
    }
    String service =
        SERVICES.stream()
            .filter(info.getSupportedVersionsList()::contains)
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "DRA driver %s offers %s, expected one of %s"
                            .formatted(name, info.getSupportedVersionsList(), SERVICES)));
    var driver = new DraDriver(name, endpoint, service);
    drivers.compute(
        name,
        (key, before) -> {
          List<DraDriver> all = new ArrayList<>(before == null ? List.of() : before);
          all.add(driver);
          return List.copyOf(all);
        });
    gone.remove(name);
    LOG.atInfo().addKeyValue("driver", name).log("DRA driver registered");
    changed.run();
  }

  /// While a driver is replaced, the new one may be there before the old one goes.
  @Override
  public void gone(String name, Path endpoint) {
    List<DraDriver> left =
        drivers.computeIfPresent(
            name,
            (key, before) -> {
              List<DraDriver> all = new ArrayList<>(before);
              all.stream()
                  .filter(driver -> driver.endpoint().equals(endpoint))
                  .findFirst()
                  .ifPresent(
                      driver -> {
                        driver.close();
                        all.remove(driver);
                      });
              return all.isEmpty() ? null : List.copyOf(all);
            });
    if (left == null) {
      gone.put(name, clock.instant().plus(TIME_TO_COME_BACK));
      LOG.atWarn().addKeyValue("driver", name).log("DRA driver is gone");
    }
  }

  /// Removes what is published for this node: no driver has registered yet.
  public void begin() {
    removeSlices("spec.nodeName=" + nodeName);
  }

  /// Removes what drivers had published that did not come back.
  public void tidy() {
    Instant now = clock.instant();
    gone.forEach(
        (name, due) -> {
          if (!due.isAfter(now)) {
            try {
              removeSlices("spec.nodeName=%s,spec.driver=%s".formatted(nodeName, name));
              gone.remove(name, due);
            } catch (ApiException e) {
              LOG.atWarn()
                  .addKeyValue("driver", name)
                  .addKeyValue("reason", e.getMessage())
                  .log("slices of a driver that is gone could not be removed, trying again");
            }
          }
        });
  }

  private void removeSlices(String fields) {
    var wanted = new Cluster.ListOptions("", "", fields, "", 0, "");
    for (ResourceSlice slice : cluster.list(SLICES, wanted).items()) {
      try {
        cluster.delete(slice);
      } catch (ApiException e) {
        if (!e.isNotFound()) {
          throw e;
        }
      }
    }
  }

  @Override
  public void close() {
    drivers.values().forEach(all -> all.forEach(DraDriver::close));
    drivers.clear();
  }
}
