package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class InFlightTest {
  private final InFlight inFlight = new InFlight();

  @Test
  void countsReadsAndWritesApart() {
    inFlight.run(
        "list",
        () ->
            inFlight.run(
                "create",
                () -> {
                  assertThat(inFlight.reads()).isEqualTo(1);
                  assertThat(inFlight.writes()).isEqualTo(1);
                }));
    assertThat(inFlight.reads()).isZero();
    assertThat(inFlight.writes()).isZero();
  }
}
