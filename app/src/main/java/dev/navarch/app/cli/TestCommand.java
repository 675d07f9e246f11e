package dev.navarch.app.cli;

import dev.navarch.app.local.UserError;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// The launcher script runs the tests, because they need the sources: this is its help.
@Command(
    name = "test",
    mixinStandardHelpOptions = true,
    description = {
      "Installs what the tests need and runs them (from a checkout of the sources).",
      "  ./navarch test         all but the long ones",
      "  ./navarch test slow    the long ones too",
      "  ./navarch test node    all that runs real containers; --kills N for the kill tests",
      "  ./navarch test faults  the store's fault harness; --long for thousands of faults",
      "  ./navarch test fuzz    looks for inputs that break something; --minutes N, and a target"
    })
final class TestCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    throw new UserError("tests are run from a checkout of the sources", "use ./navarch test there");
  }
}
