package dev.navarch.app.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/// Every command of the program. To add one: a file with its `@Command`, and a line here.
@Command(
    name = "navarch",
    mixinStandardHelpOptions = true,
    description = "Kubernetes in one program: a real cluster on one machine, or over many.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      Up.class,
      Down.class,
      Status.class,
      Server.class,
      Agent.class,
      SnapshotCommand.class,
      StoreCommand.class,
      Image.class,
      NodeCommand.class,
      Logs.class,
      DoctorCommand.class,
      KubeconfigCommand.class,
      TokenCommand.class,
      TestCommand.class,
      VersionCommand.class,
      Train.class,
      CommandLine.HelpCommand.class
    })
public final class Commands {
  private Commands() {}

  public static CommandLine commandLine() {
    CommandLine line = new CommandLine(new Commands());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(true);
    tellVersions(line);
    return line;
  }

  private static void tellVersions(CommandLine line) {
    line.getCommandSpec().versionProvider(() -> new String[] {VersionCommand.text()});
    line.getSubcommands().values().forEach(Commands::tellVersions);
  }
}
