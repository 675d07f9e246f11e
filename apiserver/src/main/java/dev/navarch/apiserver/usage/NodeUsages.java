package dev.navarch.apiserver.usage;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/// Asks kubelets what their nodes use when somebody wants to know it, each at most once in a few
/// seconds. While nobody asks, nothing is done; a node that does not answer soon is unknown.
public final class NodeUsages {
  /// The time that a kubelet's rates are averages of.
  static final Duration WINDOW = Duration.ofSeconds(15);

  /// For so long nobody is asked again.
  private static final Duration FRESH = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(NodeUsages.class);
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int AT_ONCE = 64;
  private static final Told NOTHING = new Told(Instant.EPOCH, NodeUsage.UNKNOWN);

  private final Kubelets kubelets;
  private final InstantSource clock;
  private final Map<String, Told> told = new HashMap<>();

  /// Where figures come from.
  @FunctionalInterface
  public interface Kubelets {
    /// What the node's `/stats/summary` answers; any exception when it does not.
    ObjectNode summary(String node) throws IOException;
  }

  private record Told(Instant at, NodeUsage usage) {}

  public NodeUsages(Kubelets kubelets, InstantSource clock) {
    this.kubelets = kubelets;
    this.clock = clock;
  }

  /// What each of these nodes uses. Whoever asks at the same time waits for the same answers.
  public synchronized Map<String, NodeUsage> of(Collection<String> nodes) {
    Instant now = clock.instant();
    told.values().removeIf(each -> !each.at().plus(WINDOW).isAfter(now));
    List<String> unknown =
        nodes.stream()
            .distinct()
            .filter(node -> !told.getOrDefault(node, NOTHING).at().plus(FRESH).isAfter(now))
            .toList();
    if (!unknown.isEmpty()) {
      ask(unknown, now);
    }
    return nodes.stream()
        .distinct()
        .collect(Collectors.toMap(node -> node, node -> told.getOrDefault(node, NOTHING).usage()));
  }

  private void ask(List<String> nodes, Instant now) {
    ExecutorService threads =
        Executors.newFixedThreadPool(
            Math.min(AT_ONCE, nodes.size()), Thread.ofVirtual().name("usage").factory());
    try {
      List<Callable<NodeUsage>> questions =
          nodes.stream()
              .map(node -> (Callable<NodeUsage>) () -> NodeUsage.read(kubelets.summary(node)))
              .toList();
      List<Future<NodeUsage>> answers =
          threads.invokeAll(questions, PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      for (int i = 0; i < nodes.size(); i++) {
        String node = nodes.get(i);
        NodeUsage before = told.getOrDefault(node, NOTHING).usage();
        told.put(node, new Told(now, usage(node, answers.get(i)).since(before)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while nodes are asked what they use", e);
    } finally {
      threads.shutdownNow();
    }
  }

  private static NodeUsage usage(String node, Future<NodeUsage> answer) {
    return switch (answer.state()) {
      case SUCCESS -> answer.resultNow();
      case FAILED -> {
        LOG.atDebug()
            .addKeyValue("node", node)
            .addKeyValue("reason", answer.exceptionNow().getMessage())
            .log("a node does not tell what it uses");
        yield NodeUsage.UNKNOWN;
      }
      case CANCELLED, RUNNING -> NodeUsage.UNKNOWN;
    };
  }
}
