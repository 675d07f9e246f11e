package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.apiserver.auth.User;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class InFlightTest {
  private static final User VERA = new User("vera", "", List.of("devs"), Map.of());
  private static final User ADMIN = new User("admin", "", List.of("system:masters"), Map.of());
  private final InFlight inFlight = new InFlight(1, 1);
  private final AtomicBoolean ran = new AtomicBoolean();

  @Test
  void refusesWhatIsTooMuchAndCountsReadsAndWritesApart() {
    inFlight.run(
        "list",
        VERA,
        () -> {
          assertThat(inFlight.reads()).isEqualTo(1);
          assertThatThrownBy(() -> inFlight.run("get", VERA, () -> ran.set(true)))
              .isInstanceOfSatisfying(
                  ApiException.class,
                  e -> assertThat(e.error()).isInstanceOf(ApiError.TooManyRequests.class));
          assertThat(ran).isFalse();
          inFlight.run("create", VERA, () -> ran.set(true));
        });
    assertThat(ran).isTrue();
    assertThat(inFlight.reads()).isZero();
    assertThat(inFlight.writes()).isZero();
  }

  @Test
  void letsAdministratorsThrough() {
    inFlight.run("get", VERA, () -> inFlight.run("get", ADMIN, () -> ran.set(true)));
    assertThat(ran).isTrue();
  }
}
