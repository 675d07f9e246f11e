package dev.navarch.node.server;

import dev.navarch.http.Exchange;
import dev.navarch.http.RequestException;
import dev.navarch.node.settings.KubeletSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The machine's own logs: files below its log folder, and, where that is switched on, what its
/// services have said (`/logs/?query=containerd`). Nothing outside the folder, whatever the path or
/// a link says.
///
/// @param folder `/var/log`
record SystemLogs(KubeletSettings settings, Path folder) {
  private static final String HTML = "text/html; charset=utf-8";
  private static final String TEXT = "text/plain; charset=utf-8";

  void handle(Exchange exchange) {
    if (!settings.flag("enableSystemLogHandler")) {
      throw new RequestException(405, "logs endpoint is disabled.");
    }
    if (!exchange.method().equals("GET") && !exchange.method().equals("HEAD")) {
      throw new RequestException(405, "Method Not Allowed");
    }
    if (!exchange.query().isEmpty()) {
      if (!settings.flag("enableSystemLogQuery")) {
        throw new RequestException(403, "the node log query feature is not enabled on this node");
      }
      answer(exchange, LogQuery.of(exchange.query()));
      return;
    }
    String path = exchange.path().replaceFirst("^/+logs/?", "");
    Path file = inside(path);
    if (Files.isDirectory(file)) {
      list(exchange, file);
    } else {
      send(exchange, file);
    }
  }

  private void answer(Exchange exchange, LogQuery query) {
    if (query.file().isPresent()) {
      send(exchange, inside(query.file().get()));
      return;
    }
    Optional<Path> journal = LogQuery.journal();
    if (journal.isPresent()) {
      run(exchange, query.command(journal.get()));
      return;
    }
    for (String service : query.services()) {
      Optional<Path> found =
          Stream.of(service + ".log", service + "/" + service + ".log", service)
              .map(folder::resolve)
              .filter(Files::isRegularFile)
              .findFirst();
      if (found.isPresent()) {
        send(exchange, inside(folder.relativize(found.get()).toString()));
        return;
      }
    }
    throw new RequestException(
        404,
        "no logs of %s: this machine has no journalctl, and %s no file of that name"
            .formatted(query.services(), folder));
  }

  private Path inside(String path) {
    try {
      Path root = folder.toRealPath();
      Path file = root.resolve(path.replaceFirst("^/+", "")).normalize();
      if (!file.startsWith(root) || !Files.exists(file)) {
        throw new RequestException(404, "404 page not found");
      }
      Path real = file.toRealPath();
      if (!real.startsWith(root)) {
        throw new RequestException(404, "404 page not found");
      }
      return real;
    } catch (IOException e) {
      throw new RequestException(404, "404 page not found");
    }
  }

  private static void list(Exchange exchange, Path dir) {
    try (Stream<Path> entries = Files.list(dir)) {
      String items =
          entries
              .map(entry -> entry.getFileName() + (Files.isDirectory(entry) ? "/" : ""))
              .sorted()
              .map(SystemLogs::link)
              .collect(Collectors.joining());
      String page = "<!doctype html>\n<pre>\n" + items + "</pre>\n";
      exchange.respond(200, HTML, page.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String link(String name) {
    String shown =
        name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&#34;");
    return "<a href=\"%1$s\">%1$s</a>\n".formatted(shown);
  }

  private static void send(Exchange exchange, Path file) {
    if (!Files.isRegularFile(file)) {
      throw new RequestException(404, "404 page not found");
    }
    try (InputStream in = Files.newInputStream(file)) {
      copy(exchange, in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void run(Exchange exchange, List<String> command) {
    try {
      Process process =
          new ProcessBuilder(new ArrayList<>(command)).redirectErrorStream(true).start();
      process.getOutputStream().close();
      try (InputStream in = process.getInputStream()) {
        copy(exchange, in);
      } finally {
        process.destroy();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void copy(Exchange exchange, InputStream in) throws IOException {
    try (Exchange.Stream out = exchange.stream(200, TEXT)) {
      byte[] buffer = new byte[32 << 10];
      for (int count = in.read(buffer); count >= 0 && out.isOpen(); count = in.read(buffer)) {
        out.write(java.util.Arrays.copyOf(buffer, count));
      }
      out.flush();
    }
  }
}
