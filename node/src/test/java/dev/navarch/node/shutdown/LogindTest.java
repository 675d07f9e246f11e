package dev.navarch.node.shutdown;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.host.Commands;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is asked of systemd's programs, which scripts stand in for.
class LogindTest {
  private final Path dir;
  private final Logind logind;

  LogindTest(@TempDir Path dir) throws IOException {
    this.dir = dir;
    this.logind = new Logind(dir, dir.resolve("logind.conf.d"));
    Files.writeString(dir.resolve("longest"), "5000000");
    program("busctl", "case \"$*\" in *monitor*) cat signals;; *) echo t $(cat longest);; esac");
    program("systemctl", "echo \"$*\" > asked; echo 30000000 > longest");
    program(
        "systemd-inhibit", "while [ \"$1\" != sh ]; do shift; done; echo $$ > lock; exec \"$@\"");
  }

  @Test
  void holdsALockAsLongAsItIsWanted() throws IOException {
    logind.hold(Duration.ofSeconds(5));
    String holder = Files.readString(dir.resolve("lock")).strip();
    assertThat(ProcessHandle.of(Long.parseLong(holder))).isPresent();
    assertThat(dir.resolve("asked")).doesNotExist();
    logind.release();
    await().until(() -> ProcessHandle.of(Long.parseLong(holder)).isEmpty());
  }

  @Test
  void asksForMoreTimeWhereItIsNotEnough() throws IOException {
    logind.hold(Duration.ofSeconds(30));
    assertThat(dir.resolve("logind.conf.d/99-kubelet.conf"))
        .content()
        .contains("[Login]\nInhibitDelayMaxSec=30\n");
    assertThat(dir.resolve("asked")).hasContent("kill --signal=HUP systemd-logind.service");
    logind.release();
  }

  @Test
  void saysWhenLogindDoesNotWaitThatLong() {
    assertThatThrownBy(() -> logind.hold(Duration.ofSeconds(60)))
        .hasMessage(
            "logind waits 30 s at most (InhibitDelayMaxSec), shutdownGracePeriod asks for 60 s");
  }

  @Test
  void saysWhatIsWrongWithTheMachine() throws IOException {
    program("busctl", "echo 'Failed to connect to bus: No such file or directory' >&2; exit 1");
    assertThatThrownBy(() -> logind.hold(Duration.ofSeconds(5)))
        .hasMessage("busctl: Failed to connect to bus: No such file or directory");
  }

  @Test
  void hearsOfShutdowns() throws IOException {
    Commands.run("mkfifo", dir.resolve("signals").toString());
    List<Boolean> heard = new CopyOnWriteArrayList<>();
    Thread listener =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    logind.listen(heard::add);
                  } catch (IOException e) {
                    // the signals end with the test
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    Files.writeString(
        dir.resolve("signals"),
        """
        {"type":"signal","member":"PrepareForShutdown","payload":{"type":"b","data":[true]}}
        {"type":"signal","member":"PrepareForShutdown","payload":{"type":"b","data":[false]}}
        """);
    await().until(() -> heard.equals(List.of(true, false)));
    await().until(() -> !listener.isAlive());
  }

  private void program(String name, String script) throws IOException {
    Path file = dir.resolve(name);
    Files.writeString(file, "#!/bin/sh\ncd " + dir + "\n" + script + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
