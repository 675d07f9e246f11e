package dev.navarch.app.cli;

import dev.navarch.app.local.Credentials;
import dev.navarch.app.local.UserError;
import dev.navarch.client.BootstrapToken;
import dev.navarch.client.Cluster;
import dev.navarch.client.Resource;
import io.fabric8.kubernetes.api.model.Secret;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "token",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND",
    description = "Tokens by which other machines join a cluster as nodes.")
final class TokenCommand {
  private static final Pattern TIME = Pattern.compile("(\\d{1,6})([smhd])|0");
  private static final Cluster.ListOptions TOKENS =
      new Cluster.ListOptions(
          BootstrapToken.NAMESPACE, "", "type=" + BootstrapToken.TYPE, "", 0, "");

  @Command(
      name = "create",
      mixinStandardHelpOptions = true,
      description = "Makes a token, and prints the command to type on the machine that joins.")
  int create(
      @Mixin AdministratorOptions administrator,
      @Option(
              names = "--ttl",
              defaultValue = "24h",
              paramLabel = "TIME",
              description = "How long it is good, as 30m, 24h, 7d; 0 for ever (default: 24h).")
          String ttl) {
    Credentials credentials = administrator.credentials();
    BootstrapToken token = BootstrapToken.create(end(ttl));
    credentials.cluster().create(token.toSecret());
    System.out.printf(
        "./navarch agent --server %s --token %s --ca-cert-hash %s%n",
        credentials.server(), token.text(), credentials.authorityHash());
    return 0;
  }

  @Command(
      name = "list",
      mixinStandardHelpOptions = true,
      description = "Shows the ids of tokens, and until when they are good.")
  int list(@Mixin AdministratorOptions administrator) {
    System.out.printf("%-8s %s%n", "ID", "GOOD UNTIL");
    administrator.credentials().cluster().list(Resource.of(Secret.class), TOKENS).items().stream()
        .flatMap(secret -> BootstrapToken.of(secret).stream())
        .forEach(
            token ->
                System.out.printf(
                    "%-8s %s%n",
                    token.id(), token.expiration().map(Instant::toString).orElse("for ever")));
    return 0;
  }

  @Command(
      name = "delete",
      mixinStandardHelpOptions = true,
      description = "Makes a token useless; nodes that joined by it stay.")
  int delete(
      @Mixin AdministratorOptions administrator,
      @Parameters(paramLabel = "ID", description = "As `token list` shows it.") String id) {
    Cluster cluster = administrator.credentials().cluster();
    Secret secret =
        cluster
            .find(Resource.of(Secret.class), BootstrapToken.secretOf(id))
            .orElseThrow(
                () ->
                    new UserError(
                        "there is no token '%s'".formatted(id),
                        "`navarch token list` shows those there are"));
    cluster.delete(secret);
    System.out.println("token " + id + " is gone");
    return 0;
  }

  private static Optional<Instant> end(String ttl) {
    Matcher found = TIME.matcher(ttl);
    if (!found.matches()) {
      throw new IllegalArgumentException(
          "--ttl: '%s' is no time; expected a form like 30m, 24h or 7d".formatted(ttl));
    }
    if (ttl.equals("0")) {
      return Optional.empty();
    }
    long count = Long.parseLong(found.group(1));
    Duration life =
        switch (found.group(2)) {
          case "s" -> Duration.ofSeconds(count);
          case "m" -> Duration.ofMinutes(count);
          case "h" -> Duration.ofHours(count);
          default -> Duration.ofDays(count);
        };
    return Optional.of(Instant.now().plus(life).truncatedTo(ChronoUnit.SECONDS));
  }
}
