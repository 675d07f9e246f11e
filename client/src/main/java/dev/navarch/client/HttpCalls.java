package dev.navarch.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Statuses;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Single calls to an API server, with who is calling, and with the retries that are safe: when
/// nothing was sent, when only reading, and when the server itself asks to come again later.
final class HttpCalls implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 6;

  private final ServerAccess access;
  private final String userAgent;
  private final Random random;
  private final HttpClient client;
  private final StreamClients streams;
  private volatile @Nullable FileToken fileToken;

  private record FileToken(FileTime modified, String token) {}

  HttpCalls(ServerAccess access, String userAgent, Random random) {
    this.access = access;
    this.userAgent = userAgent;
    this.random = random;
    this.client = connect(access);
    this.streams =
        new StreamClients(StreamClients.ON_ONE_CONNECTION, client, () -> connect(access));
  }

  private static HttpClient connect(ServerAccess access) {
    boolean secure = "https".equals(access.server().getScheme());
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .connectTimeout(Duration.ofSeconds(10))
            .followRedirects(HttpClient.Redirect.NEVER)
            .executor(Executors.newVirtualThreadPerTaskExecutor())
            .version(secure ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1);
    if (secure) {
      builder.sslContext(Tls.context(access));
    }
    return builder.build();
  }

  byte[] get(Object path) {
    return call("GET", path, "", new byte[0]);
  }

  byte[] call(String method, Object path, String contentType, byte[] body) {
    var backoff = new Backoff(Duration.ofMillis(50), Duration.ofSeconds(2), random);
    for (int attempt = 1; ; attempt++) {
      boolean last = attempt == ATTEMPTS;
      try {
        HttpRequest request = request(method, path, contentType, body).timeout(TIMEOUT).build();
        HttpResponse<byte[]> answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
        if (answer.statusCode() < 300) {
          return answer.body();
        }
        Duration wait = retryAfter(answer);
        if (last || wait.isZero()) {
          throw new ApiException(error(answer.statusCode(), answer.body(), wait));
        }
        Thread.sleep(wait.compareTo(LONGEST_WAIT) > 0 ? LONGEST_WAIT : wait);
      } catch (HttpTimeoutException e) {
        throw new ApiException(
            new ApiError.Timeout(
                "%s %s: no answer from %s".formatted(method, path, access), Duration.ofSeconds(1)));
      } catch (IOException e) {
        boolean safe = method.equals("GET") || e instanceof ConnectException;
        if (last || !safe) {
          throw unreachable(method, path, e);
        }
        pause(backoff.next());
      } catch (InterruptedException e) {
        throw interrupted();
      }
    }
  }

  /// Opens an answer that goes on, as a watch or a log does.
  InputStream stream(Object path) {
    HttpRequest request = request("GET", path, "", new byte[0]).build();
    try {
      HttpResponse<InputStream> answer = streams.send(request);
      if (answer.statusCode() < 300) {
        return answer.body();
      }
      try (InputStream body = answer.body()) {
        throw new ApiException(error(answer.statusCode(), body.readAllBytes(), retryAfter(answer)));
      }
    } catch (IOException e) {
      throw unreachable("GET", path, e);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  @Override
  public void close() {
    client.shutdownNow();
    streams.close();
  }

  private HttpRequest.Builder request(String method, Object path, String type, byte[] body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base() + path))
            .header("Accept", "application/json")
            .header("User-Agent", userAgent);
    String token = token();
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    if (!type.isEmpty()) {
      request.header("Content-Type", type);
    }
    return request.method(
        method,
        body.length == 0
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofByteArray(body));
  }

  private String base() {
    String server = access.server().toString();
    return server.endsWith("/") ? server.substring(0, server.length() - 1) : server;
  }

  private String token() {
    if (access.token() != null) {
      return access.token();
    }
    Path file = access.tokenFile();
    if (file == null) {
      return "";
    }
    try {
      FileTime modified = Files.getLastModifiedTime(file);
      FileToken known = fileToken;
      if (known == null || !known.modified().equals(modified)) {
        known = new FileToken(modified, Files.readString(file).strip());
        fileToken = known;
      }
      return known.token();
    } catch (IOException e) {
      throw new ApiException(
          new ApiError.Unauthorized("cannot read the token file %s".formatted(file)));
    }
  }

  /// How long the server asks to wait; zero when it does not ask.
  private static Duration retryAfter(HttpResponse<?> answer) {
    if (answer.statusCode() != 429 && answer.statusCode() < 500) {
      return Duration.ZERO;
    }
    return answer
        .headers()
        .firstValue("Retry-After")
        .filter(value -> value.matches("\\d{1,6}"))
        .map(value -> Duration.ofSeconds(Math.max(1, Long.parseLong(value))))
        .orElse(Duration.ZERO);
  }

  private static ApiError error(int code, byte[] body, Duration retryAfter) {
    return Objects.tryDocument(body)
        .filter(status -> "Status".equals(status.path("kind").asString("")))
        .map(status -> Statuses.error(status, code))
        .orElseGet(() -> Statuses.byCode(code, text(code, body), retryAfter));
  }

  private static String text(int code, byte[] body) {
    String text = new String(body, 0, Math.min(body.length, 2048), UTF_8).strip();
    return text.isEmpty() ? "the server answered with status " + code : text;
  }

  private ApiException unreachable(String method, Object path, IOException why) {
    String reason = why.getMessage() == null ? why.getClass().getSimpleName() : why.getMessage();
    return new ApiException(
        new ApiError.Unavailable(
            "%s %s: cannot reach %s: %s".formatted(method, path, access, reason)));
  }

  private static void pause(Duration wait) {
    try {
      Thread.sleep(wait);
    } catch (InterruptedException e) {
      throw interrupted();
    }
  }

  private static ApiException interrupted() {
    Thread.currentThread().interrupt();
    return new ApiException(new ApiError.Unavailable("the call was interrupted"));
  }
}
