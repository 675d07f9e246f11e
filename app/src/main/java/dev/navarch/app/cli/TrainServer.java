package dev.navarch.app.cli;

import dev.navarch.apiserver.ApiServerConfig;
import dev.navarch.app.ControlPlane;
import dev.navarch.client.HttpCluster;
import dev.navarch.client.ServerAccess;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Random;

/// A control plane that starts, answers and ends, so that the JVM can keep its classes.
final class TrainServer {
  private TrainServer() {}

  /// @param arguments the folder to work in
  public static void main(String[] arguments)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path folder = Path.of(arguments[0]);
    readCommandLine(folder);
    var config = ApiServerConfig.of(folder.resolve("server"), "127.0.0.1", 0, "127.0.0.1");
    try (ControlPlane plane =
        ControlPlane.start(
            new ControlPlane.Config(config, "10.40.0.0/16", 1, ControlPlane.Config.A_YEAR))) {
      ServerAccess access = TrainAgent.access(plane.server().port(), folder);
      try (HttpCluster cluster = new HttpCluster(access, "train", new Random())) {
        TrainAgent.useApi(cluster);
        try (TrainClient client = TrainClient.of(access, cluster)) {
          new TrainLoad(cluster, client).run();
        }
      }
    }
    System.exit(0);
  }

  /// As a server reads its own: that takes many classes.
  private static void readCommandLine(Path folder) {
    ServerMain.commandLine().parseArgs("--data-dir=" + folder, "--advertise-address=127.0.0.1");
  }
}
