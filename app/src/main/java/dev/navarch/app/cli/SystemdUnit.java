package dev.navarch.app.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// A unit by which systemd runs an agent as it was just asked for. The token is not in it: whoever
/// has joined needs none, and who has not writes it into a file that only root reads.
record SystemdUnit(Path program, List<String> arguments) {
  private static final String OPTION = "--print-systemd-unit";

  String text() {
    return """
        # /etc/systemd/system/navarch-agent.service
        # To join, put NAVARCH_TOKEN=… into /etc/navarch/agent.env; it is not needed afterwards.
        [Unit]
        Description=Navarch node agent
        Wants=network-online.target
        After=network-online.target

        [Service]
        Type=exec
        EnvironmentFile=-/etc/navarch/agent.env
        ExecStart=%s
        # Pods go on while the agent is away.
        KillMode=process
        Delegate=yes
        Restart=always
        RestartSec=2
        LimitNOFILE=1048576
        TasksMax=infinity

        [Install]
        WantedBy=multi-user.target
        """
        .formatted(
            Stream.concat(Stream.of(program.toString(), "agent"), kept().stream())
                .map(SystemdUnit::quoted)
                .collect(Collectors.joining(" ")));
  }

  private List<String> kept() {
    Stream.Builder<String> kept = Stream.builder();
    boolean skip = false;
    for (String argument : arguments) {
      if (skip) {
        skip = false;
      } else if (argument.equals("--token")) {
        skip = true;
      } else if (!argument.startsWith("--token=") && !argument.equals(OPTION)) {
        kept.add(argument);
      }
    }
    return kept.build().toList();
  }

  /// systemd reads `%` and `$` as its own.
  private static String quoted(String word) {
    String escaped = word.replace("%", "%%").replace("$", "$$");
    return escaped.matches("[A-Za-z0-9_@%+=:,./$<-]+")
        ? escaped
        : '"' + escaped.replace("\\", "\\\\").replace("\"", "\\\"") + '"';
  }
}
