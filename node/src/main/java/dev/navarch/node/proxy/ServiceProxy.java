package dev.navarch.node.proxy;

import dev.navarch.client.Informers;
import dev.navarch.client.Lister;
import dev.navarch.client.Resource;
import dev.navarch.node.host.Commands;
import dev.navarch.node.host.Sysctl;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.discovery.v1.EndpointSlice;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps a node's packet filter equal to what Services, EndpointSlices and host ports ask for.
/// Changes that come while one is being applied are applied together.
public final class ServiceProxy implements AutoCloseable {
  /// Without it the kernel lets nothing from the loopback address leave. What comes for that
  /// address from elsewhere is dropped by the rules, always.
  private static final String ROUTE_LOOPBACK = "net.ipv4.conf.all.route_localnet";

  private static final Logger LOG = LoggerFactory.getLogger(ServiceProxy.class);
  private static final String SERVICE_NAME = "kubernetes.io/service-name";
  private static final long RETRY_MILLIS = 1000;

  private final Lister<Service> services;
  private final Lister<EndpointSlice> slices;
  private final Lister<Pod> localPods;
  private final Frontends frontends;
  private final String podRange;
  private final Consumer<String> packetFilter;
  private final Semaphore dirty = new Semaphore(0);
  private RuleSet applied = RuleSet.EMPTY;
  private boolean tableIsOurs;
  private volatile boolean closed;

  /// @param informers must show only this node's pods
  /// @param podRange the whole cluster's pod addresses
  public ServiceProxy(String nodeName, String podRange, Informers informers) {
    this(
        nodeName,
        podRange,
        informers,
        transaction -> Commands.runWithInput(transaction, "nft", "-f", "-"));
  }

  /// @param packetFilter applies one transaction, or throws and changes nothing
  ServiceProxy(
      String nodeName, String podRange, Informers informers, Consumer<String> packetFilter) {
    this.services = informers.lister(Service.class);
    this.slices = informers.lister(EndpointSlice.class);
    this.localPods = informers.lister(Pod.class);
    this.frontends = new Frontends(nodeName);
    this.podRange = podRange;
    this.packetFilter = packetFilter;
    informers.onChange(Resource.of(Service.class), change -> dirty.release());
    informers.onChange(Resource.of(EndpointSlice.class), change -> dirty.release());
    informers.onChange(
        Resource.of(Pod.class),
        change -> {
          if (!hostPorts(change.before()).equals(hostPorts(change.now()))) {
            dirty.release();
          }
        });
  }

  /// Works until closed. Call when the informers have synced.
  public void start() {
    dirty.release();
    Thread.ofVirtual().name("service-proxy").start(this::work);
  }

  @Override
  public void close() {
    closed = true;
    dirty.release();
  }

  private void work() {
    try {
      while (true) {
        dirty.acquire();
        dirty.drainPermits();
        if (closed) {
          return;
        }
        if (!sync()) {
          Thread.sleep(RETRY_MILLIS);
          dirty.release();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Brings the packet filter up to date; says whether it could.
  boolean sync() {
    long start = System.nanoTime();
    RuleSet wanted = RuleSet.of(wanted(), podRange);
    String transaction = tableIsOurs ? wanted.changesSince(applied) : wanted.createAll();
    if (transaction.isEmpty()) {
      return true;
    }
    try {
      packetFilter.accept(transaction);
    } catch (Commands.CommandException e) {
      LOG.atWarn()
          .addKeyValue("reason", e.getMessage())
          .log("packet filter refused the rules; the table will be made anew");
      tableIsOurs = false;
      return false;
    }
    if (wanted.leavesLoopback() && !applied.leavesLoopback()) {
      Sysctl.set(ROUTE_LOOPBACK, "1");
    }
    Conntrack.forgetStale(applied, wanted);
    applied = wanted;
    tableIsOurs = true;
    LOG.atDebug()
        .addKeyValue("bytes", transaction.length())
        .addKeyValue("ms", (System.nanoTime() - start) / 1_000_000)
        .log("packet filter changed");
    return true;
  }

  private List<Frontend> wanted() {
    Map<String, List<EndpointSlice>> byService = new HashMap<>();
    slices
        .all()
        .forEach(
            slice -> {
              var labels = slice.getMetadata().getLabels();
              String service = labels == null ? null : labels.get(SERVICE_NAME);
              if (service != null) {
                byService
                    .computeIfAbsent(
                        slice.getMetadata().getNamespace() + "/" + service,
                        key -> new ArrayList<>())
                    .add(slice);
              }
            });
    return Stream.concat(
            services
                .all()
                .flatMap(
                    service ->
                        frontends
                            .of(
                                service,
                                byService.getOrDefault(
                                    service.getMetadata().getNamespace()
                                        + "/"
                                        + service.getMetadata().getName(),
                                    List.of()))
                            .stream()),
            localPods.all().flatMap(pod -> frontends.of(pod).stream()))
        .toList();
  }

  private List<Frontend> hostPorts(@org.jspecify.annotations.Nullable Pod pod) {
    return pod == null ? List.of() : frontends.of(pod);
  }
}
