package dev.navarch.app.local;

import dev.navarch.node.host.Commands;
import dev.navarch.node.runtime.OciArchive;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Makes container images out of what Debian's packages have installed on this machine: for tests
/// and trials where no registry can be reached.
public final class DebianImage {
  private static final Pattern LIBRARY = Pattern.compile("(/[^ ]+) \\(0x");

  private DebianImage() {}

  /// A shell and the usual small tools, from `busybox-static`.
  public static OciArchive busybox(String name) {
    OciArchive image = new OciArchive(name).command("sh");
    image.file("bin/busybox", read(Path.of("/bin/busybox")), true);
    Commands.run("/bin/busybox", "--list")
        .lines()
        .filter(tool -> !tool.equals("busybox"))
        .forEach(tool -> image.link("bin/" + tool, "busybox"));
    users(image);
    image.folder("tmp", 01777);
    return image;
  }

  /// A web server, from `nginx-light`: serves its own host name on port 80.
  public static OciArchive nginx(String name) {
    OciArchive image = busybox(name);
    Path program = Path.of("/usr/sbin/nginx");
    image.file("usr/sbin/nginx", read(program), true);
    for (String library : libraries(program)) {
      image.file(library.substring(1), read(Path.of(library)), true);
    }
    image.folder("var/log/nginx", 0755).folder("var/lib/nginx", 0755).folder("www", 0777);
    image.file(
        "etc/nginx/nginx.conf",
        """
        daemon off;
        worker_processes 1;
        pid /tmp/nginx.pid;
        error_log stderr notice;
        events { worker_connections 1024; }
        http {
          access_log /dev/stdout;
          server {
            listen 80;
            location / { default_type text/plain; return 200 "$hostname\\n"; }
          }
        }
        """
            .getBytes(StandardCharsets.UTF_8),
        false);
    return image.entrypoint("/usr/sbin/nginx");
  }

  private static void users(OciArchive image) {
    image.file(
        "etc/passwd",
        "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\nwww-data:x:33:33::/:/bin/sh\n"
            .getBytes(StandardCharsets.UTF_8),
        false);
    image.file(
        "etc/group",
        "root:x:0:\nnogroup:x:65534:\nwww-data:x:33:\n".getBytes(StandardCharsets.UTF_8),
        false);
  }

  private static Set<String> libraries(Path program) {
    Set<String> libraries = new TreeSet<>();
    List<String> lines = Commands.run("ldd", program.toString()).lines().toList();
    for (String line : lines) {
      Matcher matcher = LIBRARY.matcher(line);
      if (matcher.find()) {
        libraries.add(matcher.group(1));
      }
    }
    return libraries;
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "%s is missing: install the Debian package that brings it".formatted(file), e);
    }
  }
}
