package dev.navarch.scheduler;

import dev.navarch.scheduler.plugins.DynamicResources;
import dev.navarch.scheduler.plugins.ImageLocality;
import dev.navarch.scheduler.plugins.InterPodAffinity;
import dev.navarch.scheduler.plugins.NodeAffinity;
import dev.navarch.scheduler.plugins.NodePorts;
import dev.navarch.scheduler.plugins.NodeResourcesBalancedAllocation;
import dev.navarch.scheduler.plugins.NodeResourcesFit;
import dev.navarch.scheduler.plugins.NodeUnschedulable;
import dev.navarch.scheduler.plugins.NodeVolumeLimits;
import dev.navarch.scheduler.plugins.PodTopologySpread;
import dev.navarch.scheduler.plugins.TaintToleration;
import dev.navarch.scheduler.plugins.VolumeBinding;
import dev.navarch.scheduler.plugins.VolumeRestrictions;
import dev.navarch.scheduler.plugins.VolumeZone;
import java.util.List;

/// Every rule of the scheduler, in the order in which they are asked: cheap ones that refuse much
/// come first.
public final class Plugins {
  public static final List<FilterPlugin> FILTERS =
      List.of(
          new NodeUnschedulable(),
          new TaintToleration(),
          new NodeAffinity(),
          new NodePorts(),
          new NodeResourcesFit(),
          new VolumeRestrictions(),
          new NodeVolumeLimits(),
          new VolumeBinding(),
          new VolumeZone(),
          new DynamicResources(),
          new PodTopologySpread(),
          new InterPodAffinity());

  public static final List<ScorePlugin> SCORES =
      List.of(
          new TaintToleration(),
          new NodeAffinity(),
          new NodeResourcesFit(),
          new NodeResourcesBalancedAllocation(),
          new ImageLocality(),
          new PodTopologySpread(),
          new InterPodAffinity());

  private Plugins() {}
}
