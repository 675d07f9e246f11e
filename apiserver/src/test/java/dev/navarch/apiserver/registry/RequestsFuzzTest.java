package dev.navarch.apiserver.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Statuses;
import dev.navarch.apiserver.FakeExchange;
import dev.navarch.apiserver.RequestInfo;
import dev.navarch.http.Exchange;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// Any request to the API, up to where it would be stored: it is answered or refused, and nobody is
/// told of an error of the server's own. The first line of an input is method and target, the
/// second the types that are accepted and sent, the rest the body.
final class RequestsFuzzTest {
  private static final TestRegistry SERVED = served();

  private static TestRegistry served() {
    try {
      Path folder = Files.createTempDirectory("navarch-fuzz");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
      TestRegistry test = TestRegistry.with(folder, TestRegistry::ownRules);
      for (String body :
          List.of(
              "namespaces {'metadata':{'name':'default'}}",
              "namespaces/default/configmaps {'metadata':{'name':'a'},'data':{'k':'v'}}",
              "namespaces/default/services {'metadata':{'name':'a'},'spec':{'ports':[{'port':80}],"
                  + "'clusterIP':'None'}}",
              "namespaces/default/pods {'metadata':{'name':'a'},'spec':{'containers':[{'name':'c',"
                  + "'image':'i'}]}}")) {
        String[] parts = body.split(" ", 2);
        test.handler()
            .handle(
                new FakeExchange("POST", "/api/v1/" + parts[0])
                    .with("Content-Type", "application/json")
                    .body(parts[1]));
      }
      return test;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder()).forEach(path -> path.toFile().delete());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @FuzzTest
  void requests(byte[] input) {
    String[] lines = new String(input, UTF_8).split("\n", 3);
    String[] start = lines[0].split(" ", 2);
    if (start.length < 2 || !start[1].startsWith("/")) {
      return;
    }
    FakeExchange exchange;
    try {
      exchange = new FakeExchange(start[0], dry(start[1]));
    } catch (IllegalArgumentException noUrl) {
      return;
    }
    if (lines.length > 1) {
      String[] types = lines[1].split(" ", 2);
      exchange.with("Accept", types[0]).with("Content-Type", types[types.length - 1]);
    }
    if (lines.length > 2) {
      exchange.body(lines[2].getBytes(UTF_8));
    }
    Thread watcher = Thread.ofVirtual().start(exchange::hangUp);
    try {
      RequestInfo.of(exchange).isLong();
      SERVED.handler().handle(exchange);
    } catch (ApiException refused) {
      // As upstream has it, what cannot be merged by schema is an error of the server's, and who
      // asks
      // for a state that is still to come has waited in vain.
      int most =
          switch (refused.error()) {
            case ApiError.Untyped _ -> 500;
            case ApiError.Timeout _ -> 504;
            default -> 499;
          };
      assertThat(Statuses.code(refused.error())).isBetween(400, most);
      assertThat(refused.getMessage()).doesNotContain("Exception");
    } catch (Exchange.ClosedException gone) {
      assertThat(exchange.status).isBetween(0, 299);
    }
    watcher.interrupt();
  }

  private static String dry(String target) {
    return target + (target.contains("?") ? "&" : "?") + "dryRun=All";
  }

  @FuzzTest
  void continueTokens(byte[] input) {
    try {
      ContinueToken token = ContinueToken.parse(new String(input, UTF_8));
      assertThat(ContinueToken.parse(token.text())).isEqualTo(token);
    } catch (ApiException refused) {
      assertThat(Statuses.code(refused.error())).isEqualTo(400);
    }
  }

  /// The same, of what stands inside a token.
  @FuzzTest
  void insideContinueTokens(byte[] input) {
    continueTokens(java.util.Base64.getUrlEncoder().withoutPadding().encode(input));
  }
}
