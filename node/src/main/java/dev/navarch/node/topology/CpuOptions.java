package dev.navarch.node.topology;

import dev.navarch.node.settings.KubeletSettings;
import java.util.Map;

/// How exclusive processors are chosen, as `cpuManagerPolicyOptions` say.
///
/// @param fullCores whole cores only, so that nobody else runs on a sibling thread
/// @param distributeAcrossNuma as many from each memory node, if one is not enough
/// @param alignBySocket one socket is as good as one memory node
/// @param distributeAcrossCores rather one thread of many cores than all threads of few
/// @param strictReservation reserved processors are nobody's, not even of those who share
/// @param alignByCache whole groups that share a last-level cache where possible
record CpuOptions(
    boolean fullCores,
    boolean distributeAcrossNuma,
    boolean alignBySocket,
    boolean distributeAcrossCores,
    boolean strictReservation,
    boolean alignByCache) {

  static CpuOptions of(KubeletSettings settings) {
    Map<String, String> stated = settings.map("cpuManagerPolicyOptions");
    return new CpuOptions(
        is(stated, "full-pcpus-only"),
        is(stated, "distribute-cpus-across-numa"),
        is(stated, "align-by-socket"),
        is(stated, "distribute-cpus-across-cores"),
        is(stated, "strict-cpu-reservation"),
        is(stated, "prefer-align-cpus-by-uncorecache"));
  }

  private static boolean is(Map<String, String> stated, String name) {
    return "true".equals(stated.get(name));
  }
}
