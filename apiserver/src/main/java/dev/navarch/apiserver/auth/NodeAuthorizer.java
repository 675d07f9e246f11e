package dev.navarch.apiserver.auth;

import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.ResourceClaims;
import io.fabric8.kubernetes.api.model.ConfigMapEnvSource;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.ProjectedVolumeSource;
import io.fabric8.kubernetes.api.model.SecretEnvSource;
import io.fabric8.kubernetes.api.model.Volume;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.storage.VolumeAttachment;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Lets a node do its work and no more: of Secrets, ConfigMaps, claims and service accounts it
/// reaches only those that a pod bound to it uses.
public final class NodeAuthorizer implements Authorizer {
  /// What it decides by.
  public static final List<Class<? extends HasMetadata>> READS =
      List.of(
          Pod.class, PersistentVolumeClaim.class, PersistentVolume.class, VolumeAttachment.class);

  private static final String PREFIX = "system:node:";
  private static final Set<String> READ = Set.of("get", "list", "watch");
  private static final Set<String> GET = Set.of("get");
  private static final Set<String> STATUS = Set.of("get", "update", "patch");
  private static final Decision YES = new Decision(true, "");
  private final Lister<Pod> pods;
  private final NodeStorage storage;
  private final List<PolicyRule> always;
  private final Runnable catchUp;

  /// @param always what every node may do, whatever runs on it
  /// @param catchUp waits until the informers show all that a node can have seen by now
  public NodeAuthorizer(Informers informers, List<PolicyRule> always, Runnable catchUp) {
    this.pods = informers.lister(Pod.class);
    this.storage = new NodeStorage(informers);
    this.always = List.copyOf(always);
    this.catchUp = catchUp;
  }

  /// A node may have heard of its new pod before the informers here did: nothing is refused on
  /// their word until they have caught up.
  @Override
  public Decision decide(Attributes asked) {
    Decision known = known(asked);
    if (known.allowed() || known.reason().isEmpty()) {
      return known;
    }
    catchUp.run();
    return known(asked);
  }

  private Decision known(Attributes asked) {
    Optional<String> node = nodeOf(asked.user());
    if (node.isEmpty() || !asked.path().isEmpty()) {
      return new Decision(false, "");
    }
    String what =
        asked.group().isEmpty() ? asked.resource() : asked.resource() + "." + asked.group();
    String name = asked.name();
    return switch (what) {
      case "secrets" ->
          isRead(asked) && storage.usesSecret(node.get(), asked.namespace(), name)
              ? YES
              : used(asked, node.get(), READ, NodeAuthorizer::secrets);
      case "configmaps" -> used(asked, node.get(), READ, NodeAuthorizer::configMaps);
      case "persistentvolumeclaims" ->
          related(
              asked,
              node.get(),
              asked.subresource().equals("status") ? STATUS : GET,
              storage.usesClaim(node.get(), asked.namespace(), name));
      case "persistentvolumes" ->
          related(asked, node.get(), GET, storage.usesVolume(node.get(), name));
      case "volumeattachments.storage.k8s.io" ->
          related(asked, node.get(), GET, storage.hasAttached(node.get(), name));
      case "resourceclaims.resource.k8s.io" ->
          related(asked, node.get(), GET, usesClaim(node.get(), asked.namespace(), name));
      case "serviceaccounts" ->
          asked.subresource().equals("token")
              ? used(asked, node.get(), Set.of("create"), NodeAuthorizer::serviceAccount)
              : used(asked, node.get(), Set.of("get"), NodeAuthorizer::serviceAccount);
      default ->
          always.stream().anyMatch(rule -> Rbac.allows(rule, asked))
              ? YES
              : new Decision(false, "");
    };
  }

  /// The name of the node that a user is.
  public static Optional<String> nodeOf(User user) {
    return user.groups().contains("system:nodes") && user.name().startsWith(PREFIX)
        ? Optional.of(user.name().substring(PREFIX.length()))
        : Optional.empty();
  }

  private Decision used(
      Attributes asked, String node, Set<String> verbs, Function<PodSpec, Stream<String>> names) {
    boolean allowed =
        verbs.contains(asked.verb())
            && !asked.name().isEmpty()
            && pods.onNode(node)
                .filter(pod -> pod.getMetadata().getNamespace().equals(asked.namespace()))
                .flatMap(pod -> names.apply(pod.getSpec()))
                .anyMatch(asked.name()::equals);
    return allowed ? YES : unrelated(node);
  }

  private static Decision related(
      Attributes asked, String node, Set<String> verbs, boolean related) {
    return verbs.contains(asked.verb()) && !asked.name().isEmpty() && related
        ? YES
        : unrelated(node);
  }

  private boolean usesClaim(String node, String namespace, String claim) {
    Key key = new Key(namespace, claim);
    return pods.onNode(node).flatMap(ResourceClaims::keys).anyMatch(key::equals);
  }

  private static boolean isRead(Attributes asked) {
    return READ.contains(asked.verb()) && !asked.name().isEmpty();
  }

  private static Decision unrelated(String node) {
    return new Decision(
        false, "no relationship found between node '%s' and this object".formatted(node));
  }

  private static Stream<String> secrets(PodSpec spec) {
    Stream<@Nullable String> volumes =
        volumes(spec)
            .flatMap(
                volume ->
                    Stream.of(
                        volume.getSecret() == null ? null : volume.getSecret().getSecretName(),
                        volume.getCsi() == null || volume.getCsi().getNodePublishSecretRef() == null
                            ? null
                            : volume.getCsi().getNodePublishSecretRef().getName()));
    Stream<@Nullable String> projected =
        projected(spec)
            .flatMap(each -> each.getSources().stream())
            .map(source -> source.getSecret() == null ? null : source.getSecret().getName());
    Stream<@Nullable String> variables =
        variables(spec)
            .map(
                variable ->
                    variable.getValueFrom() == null
                            || variable.getValueFrom().getSecretKeyRef() == null
                        ? null
                        : variable.getValueFrom().getSecretKeyRef().getName());
    Stream<@Nullable String> sources = sources(spec).map(source -> nameOf(source.getSecretRef()));
    Stream<@Nullable String> pulls =
        spec.getImagePullSecrets().stream().map(reference -> reference.getName());
    return present(Stream.of(volumes, projected, variables, sources, pulls).flatMap(each -> each));
  }

  private static Stream<String> configMaps(PodSpec spec) {
    Stream<@Nullable String> volumes =
        volumes(spec)
            .map(volume -> volume.getConfigMap() == null ? null : volume.getConfigMap().getName());
    Stream<@Nullable String> projected =
        projected(spec)
            .flatMap(each -> each.getSources().stream())
            .map(source -> source.getConfigMap() == null ? null : source.getConfigMap().getName());
    Stream<@Nullable String> variables =
        variables(spec)
            .map(
                variable ->
                    variable.getValueFrom() == null
                            || variable.getValueFrom().getConfigMapKeyRef() == null
                        ? null
                        : variable.getValueFrom().getConfigMapKeyRef().getName());
    Stream<@Nullable String> sources =
        sources(spec).map(source -> nameOf(source.getConfigMapRef()));
    return present(Stream.of(volumes, projected, variables, sources).flatMap(each -> each));
  }

  private static Stream<String> serviceAccount(PodSpec spec) {
    return present(Stream.of(spec.getServiceAccountName()));
  }

  private static @Nullable String nameOf(@Nullable SecretEnvSource source) {
    return source == null ? null : source.getName();
  }

  private static @Nullable String nameOf(@Nullable ConfigMapEnvSource source) {
    return source == null ? null : source.getName();
  }

  private static Stream<Volume> volumes(PodSpec spec) {
    return spec.getVolumes().stream();
  }

  private static Stream<ProjectedVolumeSource> projected(PodSpec spec) {
    return volumes(spec).flatMap(volume -> Optional.ofNullable(volume.getProjected()).stream());
  }

  private static Stream<Container> containers(PodSpec spec) {
    return Stream.concat(spec.getInitContainers().stream(), spec.getContainers().stream());
  }

  private static Stream<EnvVar> variables(PodSpec spec) {
    return Stream.concat(
        containers(spec).flatMap(container -> container.getEnv().stream()),
        spec.getEphemeralContainers().stream().flatMap(container -> container.getEnv().stream()));
  }

  private static Stream<EnvFromSource> sources(PodSpec spec) {
    return Stream.concat(
        containers(spec).flatMap(container -> container.getEnvFrom().stream()),
        spec.getEphemeralContainers().stream()
            .flatMap(container -> container.getEnvFrom().stream()));
  }

  private static Stream<String> present(Stream<@Nullable String> names) {
    return names.flatMap(name -> Optional.ofNullable(name).stream());
  }
}
