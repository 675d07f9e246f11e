package dev.navarch.node;

import dev.navarch.client.EventRecorder;
import dev.navarch.node.pods.Admission;
import dev.navarch.node.pods.PodWorkers;
import dev.navarch.node.shutdown.GracefulShutdown;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.Duration;
import java.util.List;

/// The node as a shutdown of its machine finds it.
///
/// @param report brings the node's status to the API
record ShutdownGround(
    PodWorkers workers, Admission admission, EventRecorder recorder, Node node, Runnable report)
    implements GracefulShutdown.Ground {

  @Override
  public List<Pod> pods() {
    return workers.pods();
  }

  @Override
  public void end(Pod pod, String message, Duration grace) {
    workers.terminate(pod.getMetadata().getUid(), message, grace);
  }

  @Override
  public boolean hasEnded(Pod pod) {
    return workers.hasEnded(pod.getMetadata().getUid());
  }

  @Override
  public void goingDown(boolean going) {
    admission.goingDown(going);
    Thread.ofVirtual().name("node status").start(report);
  }

  @Override
  public void tell(String message) {
    recorder.normal(node, "NodeShutdown", message);
  }
}
