package dev.navarch.tests.nodes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.Kubeconfigs;
import dev.navarch.client.ServerAccess;
import dev.navarch.tests.ServerProcess;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three API servers over three etcd members, each pair on a machine of its own. Under users with
/// kubectl each machine is killed, cut off and restarted in turn: nothing that was acknowledged is
/// lost, and users are told nothing worse than to try again.
@Tag("nodes")
@Tag("slow")
class ThreeMachinesTest {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int USERS = 3;
  private static final int WRITES = 6;

  @TempDir private Path folder;

  private final List<CutOffMachine> machines = new ArrayList<>();
  private Path kubeconfig;

  @BeforeEach
  void start() throws Exception {
    CutOffMachine.makeSwitch();
    List<String> java = ServerProcess.trained(folder);
    for (int i = 1; i <= CutOffMachine.COUNT; i++) {
      machines.add(new CutOffMachine(folder, i, java));
    }
    for (CutOffMachine machine : machines) {
      machine.startEtcd();
    }
    machines.getFirst().startServer();
    Path keys = machines.getFirst().data().resolve("pki");
    kubeconfig = folder.resolve("kubeconfig");
    await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(
            () -> {
              write(keys);
              assertThat(isReady(machines.getFirst())).as(machines.getFirst().log()).isTrue();
            });
    for (CutOffMachine machine : machines.subList(1, CutOffMachine.COUNT)) {
      copy(keys, machine.data().resolve("pki"));
      machine.startServer();
    }
    awaitAll();
  }

  private void write(Path keys) throws IOException {
    ServerAccess access =
        ServerAccess.withCertificate(
            URI.create(machines.getFirst().url()),
            Files.readAllBytes(keys.resolve("ca.crt")),
            Files.readAllBytes(keys.resolve("admin.crt")),
            Files.readAllBytes(keys.resolve("admin.key")));
    Files.writeString(kubeconfig, Kubeconfigs.text("test", access));
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.sorted().toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        Files.createDirectories(target.getParent());
        Files.copy(file, target);
      }
    }
  }

  private Map<String, String> environment() {
    return Map.of("KUBECONFIG", kubeconfig.toString(), "HOME", folder.toString());
  }

  private boolean isReady(CutOffMachine machine) {
    return Running.start(
                environment(),
                "kubectl",
                "--server=" + machine.url(),
                "--request-timeout=5s",
                "get",
                "--raw=/readyz")
            .finish(30)
            .end()
        == 0;
  }

  private void awaitAll() {
    await().atMost(PATIENCE).until(() -> machines.stream().allMatch(this::isReady));
  }

  @AfterEach
  void remove() {
    machines.forEach(CutOffMachine::close);
    CutOffMachine.removeAll();
  }

  private interface Fault {
    void make(CutOffMachine machine) throws Exception;
  }

  private void inTurn(KubectlLoad load, Fault fault, Fault repair) throws Exception {
    for (CutOffMachine machine : machines) {
      more(load);
      fault.make(machine);
      more(load);
      repair.make(machine);
      awaitAll();
      more(load);
    }
  }

  private static void more(KubectlLoad load) {
    int before = load.done();
    await().atMost(PATIENCE).until(() -> load.done() >= before + WRITES);
  }

  /// A user on the machine that is cut off, who asks its own server.
  private void userInside(KubectlLoad load, CutOffMachine machine) {
    for (String[] words :
        List.of(
            new String[] {"get", "configmaps"},
            new String[] {"create", "configmap", "inside-" + machine.name()})) {
      String[] command =
          Stream.concat(
                  Stream.of(
                      "ip",
                      "netns",
                      "exec",
                      machine.name(),
                      "kubectl",
                      "--server=" + machine.url(),
                      "--request-timeout=20s"),
                  Stream.of(words))
              .toArray(String[]::new);
      Running.Ended ended = Running.start(environment(), command).finish(60);
      assertThat(ended.end()).as("cut off from the majority: %s", ended).isNotZero();
      load.judge(ended.errors());
    }
  }

  @Test
  void nothingAcknowledgedIsLost() throws Exception {
    List<String> urls = machines.stream().map(CutOffMachine::url).toList();
    KubectlLoad load = new KubectlLoad(urls, environment()).start(USERS);
    try (load) {
      inTurn(load, CutOffMachine::kill, CutOffMachine::start);
      inTurn(
          load,
          machine -> {
            machine.cut();
            userInside(load, machine);
          },
          CutOffMachine::mend);
      inTurn(load, CutOffMachine::stop, CutOffMachine::start);
    }
    System.out.printf(
        "three machines: %d config maps, told to try again: %d kinds of message%n",
        load.done(), load.retried().size());
    load.retried().forEach(System.out::println);
    assertThat(load.refusals()).as("what users are told when servers fail").isEmpty();
    for (int server = 0; server < urls.size(); server++) {
      Map<String, String> shown = load.shown(server);
      load.acknowledged()
          .forEach(
              (name, value) ->
                  assertThat(shown).as(name).hasEntrySatisfying(name, is -> atLeast(is, value)));
    }
  }

  /// A change that was not acknowledged may be there, too.
  private static void atLeast(String shown, String acknowledged) {
    assertThat(Integer.parseInt(shown)).isGreaterThanOrEqualTo(Integer.parseInt(acknowledged));
  }
}
