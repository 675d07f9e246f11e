package dev.navarch.apiserver;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiException;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class HealthTest {
  private final AtomicBoolean synced = new AtomicBoolean(true);
  private final Health health =
      new Health(Map.of("store", () -> true), Map.of("informer-sync", synced::get));

  private FakeExchange get(String target) {
    var exchange = new FakeExchange("GET", target);
    health.handle(exchange);
    return exchange;
  }

  @Test
  void saysOkAndNoMoreUnlessAsked() {
    assertThat(get("/livez").text()).isEqualTo("ok");
    assertThat(get("/readyz?verbose").text())
        .isEqualTo(
            "[+]ping ok\n[+]store ok\n[+]informer-sync ok\n[+]shutdown ok\nreadyz check passed\n");
    assertThat(get("/readyz/store").text()).isEqualTo("ok");
  }

  @Test
  void namesWhatFails() {
    synced.set(false);
    var answer = get("/readyz");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.text()).contains("[-]informer-sync failed").contains("readyz check failed");
    assertThat(get("/readyz?exclude=informer-sync").status()).isEqualTo(200);
    assertThat(get("/livez").status()).isEqualTo(200);
    assertThat(get("/readyz/informer-sync").status()).isEqualTo(500);
  }

  @Test
  void isNoLongerReadyWhileShuttingDown() {
    health.shuttingDown();
    assertThat(health.isReady()).isFalse();
    assertThat(get("/livez").status()).isEqualTo(200);
  }

  @Test
  void knowsNoOtherChecks() {
    assertThatThrownBy(() -> get("/readyz/nonsense")).isInstanceOf(ApiException.class);
  }
}
