package dev.navarch.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.store.SimulatedDisk.Fault;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Many lives of an embedded store, each with its own seed, in which everything that can fail does.
/// A failure prints its seed: `-Dnavarch.simulation.seed=N` lives that one again.
@Tag("faults")
class SimulationTest {
  private static final int LIVES = FaultRow.times(300, 20_000);
  private static final int STEPS = 600;

  private static List<String> live(long seed, Fault planted) {
    return new Simulation(seed, planted).run(STEPS);
  }

  @Test
  void nothingIsLostInAnyLife() {
    Long only = Long.getLong("navarch.simulation.seed");
    var row = new FaultRow("simulated: disk, power, process and clock fail");
    for (long seed = only == null ? 1 : only; seed <= (only == null ? LIVES : only); seed++) {
      var life = new Simulation(seed, Fault.NONE);
      assertThat(life.run(STEPS)).as("seed %d", seed).isEmpty();
      for (int i = 0; i < life.crashes; i++) {
        row.killed();
      }
      row.judged(life.history.size(), List.of());
    }
    row.end();
  }

  @Test
  void aSeedIsAlwaysTheSameLife() {
    var first = new Simulation(7, Fault.NONE);
    var second = new Simulation(7, Fault.NONE);
    first.run(STEPS);
    second.run(STEPS);
    assertThat(second.steps).isEqualTo(first.steps);
    assertThat(second.crashes).isEqualTo(first.crashes);
    assertThat(second.store.revision()).isEqualTo(first.store.revision());
  }

  @Test
  void aDiskThatLosesWhatItSaidItHasIsFound() {
    List<String> found = new ArrayList<>();
    for (long seed = 1; seed <= 20; seed++) {
      found.addAll(live(seed, Fault.LOST));
    }
    assertThat(found).anyMatch(each -> each.matches("step \\d+: revision \\d+ is shown, .*"));
  }
}
