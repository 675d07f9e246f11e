package dev.navarch.node.shutdown;

import java.io.IOException;
import java.time.Duration;
import java.util.function.Consumer;

/// Whoever shuts the machine down, as far as one can ask it to wait.
interface Inhibitor {

  /// Lets the machine wait for the agent from now on, if it does not already.
  ///
  /// @param atLeast how long it has to be ready to wait
  /// @throws IOException that says why it does not
  void hold(Duration atLeast) throws IOException;

  /// Lets the machine go.
  void release();

  /// Hears of every shutdown (`true`) and of every one that was called off (`false`), until nothing
  /// more can be heard or the thread is interrupted.
  void listen(Consumer<Boolean> listener) throws IOException, InterruptedException;
}
