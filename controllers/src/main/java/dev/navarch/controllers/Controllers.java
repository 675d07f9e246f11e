package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.TrackingCluster;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/// Every controller there is. A new one is a file beside this one, and a line in the list.
public final class Controllers {

  /// What controllers are told from outside.
  ///
  /// @param authority of the cluster, which signs for nodes and users
  /// @param podRange all pod addresses of the cluster: `10.40.0.0/16`
  /// @param nodeMask the prefix length of one node's part of them: 24
  /// @param api as clients see it, with scales and with what other servers serve
  ///   (`metrics.k8s.io`); asked for once somebody needs it
  public record Config(
      ClusterAuthority authority, String podRange, int nodeMask, Supplier<Cluster> api) {}

  /// What of Secrets is kept for the tokens of service accounts.
  public static final ClusterInformers.Scope TOKEN_SECRETS =
      new ClusterInformers.Scope(
          ServiceAccountTokenController.SECRETS, "type=" + ServiceAccountTokenController.TYPE);

  private Controllers() {}

  public static List<Controller> all(
      Informers on, Cluster cluster, EventRecorder events, InstantSource clock, Config config) {
    var tracked = new TrackingCluster(cluster);
    return List.of(
        DeploymentController.register(on, tracked, events, clock),
        DaemonSetController.register(on, tracked, events, clock),
        StatefulSetController.register(on, tracked, events, clock),
        ReplicaSetController.register(Replicated.SETS, on, tracked, events, clock),
        ReplicaSetController.register(Replicated.CONTROLLERS, on, tracked, events, clock),
        JobController.register(on, tracked, events, clock),
        CronJobController.register(on, tracked, events, clock),
        JobPodReleaser.register(on, tracked),
        TtlAfterFinishedController.register(tracked, clock),
        HorizontalPodAutoscalerController.register(on, tracked, events, clock, config.api()),
        DisruptionController.register(on, tracked, events, clock),
        NamespaceController.register(tracked, clock),
        ServiceAccountController.register(on, tracked),
        ServiceAccountTokenController.register(on, tracked, config.authority()),
        ServiceRangeController.register(on, tracked, clock),
        ClusterRoleAggregationController.register(on, tracked),
        RootCaPublisher.register(tracked, config.authority().pem()),
        CertificateApprover.register(on, tracked, clock, config.authority()),
        CertificateSigner.register(tracked, clock, config.authority()),
        CertificateCleaner.register(tracked, clock),
        BootstrapSigner.register(on, tracked, clock),
        TokenCleaner.register(tracked, clock),
        NodeAddressController.register(on, tracked, events, config.podRange(), config.nodeMask()),
        NodeLifecycleController.register(on, tracked, events, clock),
        TaintEvictionController.register(on, tracked, events, clock),
        PodGarbageCollector.register(on, tracked, clock),
        EndpointSliceController.register(on, tracked, events),
        EndpointsController.register(on, tracked, events),
        EndpointSliceMirroringController.register(on, tracked, events),
        PersistentVolumeClaimController.register(on, tracked, events, clock),
        PersistentVolumeController.register(on, tracked, events, clock),
        ClaimProtectionController.register(on, tracked),
        VolumeProtectionController.register(tracked),
        AttributesClassProtectionController.register(on, tracked),
        EphemeralVolumeController.register(on, tracked, events),
        ResourceClaimController.register(on, tracked, events),
        ResourceClaimReleaseController.register(on, tracked),
        DeviceTaintEvictionController.register(on, tracked, events, clock),
        ClaimExpansionController.register(on, events),
        AttachDetachController.register(on, tracked, events, clock),
        GarbageCollector.register(on, tracked, events));
  }
}
