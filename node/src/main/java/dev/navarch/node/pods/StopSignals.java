package dev.navarch.node.pods;

import dev.navarch.node.cri.ContainerRuntime;
import dev.navarch.node.cri.v1.ContainerStatus;
import dev.navarch.node.cri.v1.Signal;
import dev.navarch.node.host.Commands;
import io.fabric8.kubernetes.api.model.Container;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/// The signal by which a container wants to be asked to end, also where the runtime is too old to
/// know of such wishes: then the node sends it.
record StopSignals(ContainerRuntime runtime, InstantSource clock) {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

  static Optional<Signal> of(Container container) {
    return Optional.ofNullable(container.getLifecycle())
        .flatMap(lifecycle -> Optional.ofNullable(lifecycle.getStopSignal()))
        .filter(name -> !name.isEmpty())
        .map(name -> Signal.valueOf(name.replace("+", "PLUS").replace("RTMAX-", "RTMAXMINUS")));
  }

  /// Asks a container to end, if the runtime would not do so by itself, and waits for that.
  void ask(Container container, String id, Duration grace) {
    Optional<Signal> signal = of(container);
    boolean known =
        runtime
            .containerStatus(id)
            .map(ContainerStatus::getStopSignal)
            .filter(honoured -> honoured != Signal.RUNTIME_DEFAULT)
            .isPresent();
    var pid = runtime.process(id);
    if (signal.isEmpty() || known || pid.isEmpty()) {
      return;
    }
    String name = container.getLifecycle().getStopSignal().replaceFirst("^SIG", "");
    if (!Commands.succeeds("kill", "-s", name, String.valueOf(pid.getAsLong()))) {
      return;
    }
    var end = clock.instant().plus(grace);
    try {
      while (clock.instant().isBefore(end) && ProcessHandle.of(pid.getAsLong()).isPresent()) {
        Thread.sleep(LOOK_AGAIN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
