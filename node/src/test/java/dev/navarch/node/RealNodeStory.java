package dev.navarch.node;

import static dev.navarch.node.RealNode.PATIENCE;
import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;

/// The story that a real node must live through. {@link RealNodeTest} tells it inside a network
/// namespace.
final class RealNodeStory {
  private RealNodeStory() {}

  /// Arguments: a scratch folder.
  public static void main(String[] arguments) throws Exception {
    boolean told = false;
    try (var node = new RealNode(Path.of(arguments[0]))) {
      try {
        tell(node);
        told = true;
        System.out.println("the story is told");
      } catch (Throwable e) {
        node.events.forEach(System.out::println);
        node.cluster.all(Pod.class).forEach(pod -> System.out.println(pod.getStatus()));
        e.printStackTrace(System.out);
      }
    }
    System.exit(told ? 0 : 1);
  }

  private static void tell(RealNode node) throws Exception {
    var containers = new ContainerChapters(node);
    var resources = new ResourceChapters(node);
    var agent = new AgentChapters(node);
    await().atMost(PATIENCE).until(node::isRunning);
    agent.nodeIsReady();
    containers.podRuns();
    containers.startsAreQuick();
    resources.processorsOfTheirOwn();
    resources.devices();
    resources.configurationArrives();
    containers.failureIsRestarted();
    containers.endsAreTold();
    containers.probesDecide();
    agent.kubeletApi();
    agent.restartedAgentFindsItsPods();
    containers.unsupportedIsRefused();
    resources.pullsThroughAMirror();
    agent.deletionLeavesNothing();
  }
}
