package dev.navarch.apiserver.admission;

import dev.navarch.api.Kind;
import dev.navarch.apiserver.auth.Rbac;
import dev.navarch.apiserver.auth.RoleGrants;
import dev.navarch.client.Cluster;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.LimitRange;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import io.fabric8.kubernetes.api.model.scheduling.v1.PriorityClass;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/// The plugins that are on by default, in the order in which they have their say: first whether
/// anything may be made there at all, last whether there is room for what came out of the others.
public final class AdmissionPlugins {
  private static final Duration MOMENT = Duration.ofMillis(50);

  /// Those that an administrator may add, by upstream's names.
  private static final Map<String, AdmissionPlugin> OPTIONAL =
      Map.of("DenyServiceExternalIPs", new DenyServiceExternalIPs());

  /// Upstream's names of those that are on unless somebody disables them.
  private static final Set<String> BY_DEFAULT =
      Set.of(
          "NamespaceLifecycle",
          "PodSecurity",
          "LimitRanger",
          "ServiceAccount",
          "NodeRestriction",
          "TaintNodesByCondition",
          "Priority",
          "DefaultTolerationSeconds",
          "DefaultStorageClass",
          "StorageObjectInUseProtection",
          "PersistentVolumeClaimResize",
          "DefaultIngressClass",
          "CertificateSigning",
          "CertificateSubjectRestriction",
          "RuntimeClass",
          "ResourceQuota");

  private AdmissionPlugins() {}

  /// @throws IllegalArgumentException for names of plugins to leave out that are none
  public static void checkDisabled(Set<String> names) {
    for (String name : names) {
      if (!BY_DEFAULT.contains(name)) {
        throw new IllegalArgumentException(
            "unknown admission plugin '%s'; those that can be disabled: %s"
                .formatted(name, String.join(", ", new TreeSet<>(BY_DEFAULT))));
      }
    }
  }

  /// Those that are on anyway may be named, too.
  ///
  /// @throws IllegalArgumentException for names that are none
  public static List<AdmissionPlugin> named(Set<String> names) {
    return names.stream()
        .filter(name -> !BY_DEFAULT.contains(name))
        .sorted()
        .map(
            name -> {
              AdmissionPlugin plugin = OPTIONAL.get(name);
              if (plugin == null) {
                throw new IllegalArgumentException(
                    "unknown admission plugin '%s'; those that can be added: %s"
                        .formatted(name, String.join(", ", OPTIONAL.keySet())));
              }
              return plugin;
            })
        .toList();
  }

  /// @param cluster the API that the plugins look into; asked only once requests come
  /// @param services the addresses that services get
  /// @param nodePorts the ports that services get on every node
  /// @param extensions what users configure, given the plugins that look again at what it changes
  /// @param claims what is promised to objects on their way
  /// @param rights what everybody may do; asked only once requests come
  /// @param disabled the names of those that are left out
  public static List<AdmissionPlugin> byDefault(
      Supplier<? extends Cluster> cluster,
      Supplier<Rbac> rights,
      AddressRange services,
      PortRange nodePorts,
      Claims claims,
      RandomGenerator random,
      Set<String> disabled,
      UnaryOperator<List<AdmissionPlugin>> extensions) {
    List<AdmissionPlugin> first =
        Stream.of(
                named("NamespaceLifecycle", new NamespaceLifecycle(live(cluster, Namespace.class))),
                named(
                    "PodSecurity",
                    new PodSecurity(live(cluster, Namespace.class), live(cluster, Pod.class))),
                named("LimitRanger", new LimitRanger(live(cluster, LimitRange.class))),
                named(
                    "ServiceAccount",
                    new ServiceAccountAdmission(
                        live(cluster, ServiceAccount.class),
                        random,
                        () -> LockSupport.parkNanos(MOMENT.toNanos()))),
                named("NodeRestriction", new NodeRestriction(live(cluster, Pod.class))),
                named("TaintNodesByCondition", new TaintNodesByCondition()),
                named("Priority", new Priority(live(cluster, PriorityClass.class))),
                named("DefaultTolerationSeconds", new DefaultTolerationSeconds()),
                named(
                    "DefaultStorageClass",
                    new DefaultStorageClass(live(cluster, StorageClass.class))),
                named("StorageObjectInUseProtection", new StorageObjectInUseProtection()),
                named(
                    "PersistentVolumeClaimResize",
                    new PersistentVolumeClaimResize(live(cluster, StorageClass.class))),
                named(
                    "DefaultIngressClass",
                    new DefaultIngressClass(live(cluster, IngressClass.class))),
                named("CertificateSigning", new CertificateSigners(rights)),
                named("CertificateSubjectRestriction", new CertificateSubjectRestriction()),
                named(
                    "RuntimeClass",
                    new RuntimeClassAdmission(new LiveLister<>(cluster, runtimeClasses()))))
            .filter(plugin -> !disabled.contains(plugin.getKey()))
            .map(Map.Entry::getValue)
            .toList();
    List<AdmissionPlugin> last =
        List.of(
            new ServiceAddresses(
                live(cluster, Service.class),
                new ServiceRanges(services, live(cluster, ServiceCIDR.class)),
                nodePorts,
                random,
                claims),
            new DeviceAdminAccess(live(cluster, Namespace.class)),
            new RoleEscalation(() -> new RoleGrants(rights.get())));
    List<AdmissionPlugin> quota =
        disabled.contains("ResourceQuota")
            ? List.of()
            : List.of(
                new ResourceQuotaAdmission(
                    live(cluster, ResourceQuota.class),
                    kind -> new LiveLister<>(cluster, resource(kind)),
                    claims));
    return Stream.of(first, extensions.apply(first), last, quota).flatMap(List::stream).toList();
  }

  private static Map.Entry<String, AdmissionPlugin> named(String name, AdmissionPlugin plugin) {
    return Map.entry(name, plugin);
  }

  private static <T extends HasMetadata> LiveLister<T> live(
      Supplier<? extends Cluster> cluster, Class<T> type) {
    return new LiveLister<>(cluster, Resource.of(type));
  }

  private static Resource<GenericKubernetesResource> runtimeClasses() {
    return Resource.generic("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", false);
  }

  private static Resource<GenericKubernetesResource> resource(Kind kind) {
    return Resource.generic(
        kind.group(), kind.version(), kind.kind(), kind.plural(), kind.namespaced());
  }
}
