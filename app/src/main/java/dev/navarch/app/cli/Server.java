package dev.navarch.app.cli;

import dev.navarch.api.ApiException;
import dev.navarch.api.GoDuration;
import dev.navarch.apiserver.Access;
import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.apiserver.audit.AuditFile;
import dev.navarch.app.ControlPlane;
import dev.navarch.app.local.UserError;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "server",
    mixinStandardHelpOptions = true,
    description = "Runs a control plane in this process: API server, controllers, scheduler.")
final class Server implements Callable<Integer> {
  @Option(
      names = "--data-dir",
      required = true,
      description = "Where state, keys and certificates are kept.")
  @Nullable Path dataDir;

  @Option(
      names = "--cluster-name",
      defaultValue = "navarch",
      description = "The cluster's name (default: ${DEFAULT-VALUE}).")
  String clusterName = "navarch";

  @Option(
      names = "--bind-address",
      defaultValue = "0.0.0.0",
      description = "The address to listen on (default: ${DEFAULT-VALUE}).")
  String bindAddress = "0.0.0.0";

  @Option(
      names = {"--port", "--secure-port"},
      defaultValue = "6443",
      description = "The port to listen on (default: ${DEFAULT-VALUE}).")
  int port = 6443;

  @Option(
      names = "--advertise-address",
      required = true,
      description = "The address by which pods and nodes reach this server.")
  @Nullable String advertiseAddress;

  @Option(
      names = "--tls-san",
      split = ",",
      description = "Further names and addresses by which clients reach this server.")
  List<String> names = List.of();

  @Option(
      names = {"--service-cidr", "--service-cluster-ip-range"},
      defaultValue = "10.96.0.0/16",
      description = "The Services' addresses (default: ${DEFAULT-VALUE}).")
  String serviceRange = "10.96.0.0/16";

  @Option(
      names = "--cluster-cidr",
      defaultValue = "10.40.0.0/16",
      description = "The pods' addresses, a /24 for each node (default: ${DEFAULT-VALUE}).")
  String podRange = "10.40.0.0/16";

  @Option(
      names = "--service-node-port-range",
      defaultValue = "30000-32767",
      description = "The ports of NodePort Services (default: ${DEFAULT-VALUE}).")
  String nodePorts = "30000-32767";

  @Option(names = "--token-auth-file", description = "Static bearer tokens, one a line.")
  @Nullable Path tokenFile;

  @Option(
      names = "--enable-admission-plugins",
      split = ",",
      description =
          "Admission plugins beyond those that are on by default: DenyServiceExternalIPs.")
  Set<String> enabledAdmission = Set.of();

  @Option(
      names = "--disable-admission-plugins",
      split = ",",
      description = "Admission plugins that are on by default and shall not be.")
  Set<String> disabledAdmission = Set.of();

  @Option(
      names = "--authorization-mode",
      split = ",",
      description =
          "What decides on rights: Node, RBAC (default: both), or AlwaysAllow for everybody who is"
              + " known.")
  List<String> authorizationModes = List.of("Node", "RBAC");

  @Option(
      names = "--audit-log-path",
      description =
          "The file that tells of requests as the audit policy wants; - for the standard output.")
  @Nullable String auditLog;

  @Option(
      names = "--audit-policy-file",
      description = "A Policy of audit.k8s.io/v1: how much is told of which requests.")
  @Nullable Path auditPolicy;

  @Option(
      names = "--audit-log-maxsize",
      description = "Megabytes after which the audit log is set aside (default: 100).")
  int auditMegabytes;

  @Option(
      names = "--audit-log-maxbackup",
      description = "How many audit logs that were set aside are kept (default: 0, all).")
  int auditBackups;

  @Option(
      names = "--audit-log-maxage",
      description = "For how many days they are kept (default: 0, for ever).")
  int auditDays;

  @Mixin DatastoreOptions datastore = new DatastoreOptions();

  @Option(
      names = "--simulated-nodes",
      defaultValue = "0",
      description = "Nodes without containers (default: ${DEFAULT-VALUE}).")
  int simulatedNodes;

  @Option(
      names = "--cluster-signing-duration",
      defaultValue = "8760h",
      description = "For how long certificates are signed at most (default: ${DEFAULT-VALUE}).")
  String signingDuration = "8760h";

  @Override
  public Integer call() throws InterruptedException {
    Duration signing = signingDuration();
    String[] ports = nodePorts.split("-", -1);
    if (ports.length != 2 || !ports[0].matches("\\d{1,5}") || !ports[1].matches("\\d{1,5}")) {
      throw new IllegalArgumentException(
          "--service-node-port-range: '%s' is no range; expected a form like 30000-32767"
              .formatted(nodePorts));
    }
    if ((auditLog == null) != (auditPolicy == null)) {
      throw new IllegalArgumentException(
          "--audit-log-path and --audit-policy-file: one says where, the other what; give both");
    }
    var server =
        new ApiServerConfig(
            required(dataDir),
            bindAddress,
            port,
            required(advertiseAddress),
            names,
            serviceRange,
            Integer.parseInt(ports[0]),
            Integer.parseInt(ports[1]),
            clusterName,
            Optional.ofNullable(tokenFile),
            datastore.etcd(),
            new Access(authorizationModes, enabledAdmission, disabledAdmission),
            Optional.ofNullable(auditLog)
                .map(path -> new AuditFile(path, auditMegabytes, auditBackups, auditDays)),
            Optional.ofNullable(auditPolicy));
    ControlPlane plane;
    try {
      plane =
          ControlPlane.start(new ControlPlane.Config(server, podRange, simulatedNodes, signing));
    } catch (IllegalStateException e) {
      throw new UserError(
          String.valueOf(e.getMessage()), "put it right and start the server again");
    }
    CountDownLatch ended = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            Thread.ofPlatform()
                .unstarted(
                    () -> {
                      plane.close();
                      ended.countDown();
                    }));
    ended.await();
    return 0;
  }

  private Duration signingDuration() {
    try {
      Duration duration = GoDuration.parse(signingDuration);
      if (duration.isPositive()) {
        return duration;
      }
    } catch (ApiException noDuration) {
      // told below
    }
    throw new IllegalArgumentException(
        "--cluster-signing-duration: '%s' is no positive time; expected a form like 8760h or 1h30m"
            .formatted(signingDuration));
  }

  private static <T> T required(@Nullable T value) {
    return java.util.Objects.requireNonNull(value);
  }
}
