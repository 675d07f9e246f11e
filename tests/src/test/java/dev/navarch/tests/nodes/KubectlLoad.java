package dev.navarch.tests.nodes;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Users who create and change config maps with kubectl, and go to the next server when one fails.
final class KubectlLoad implements AutoCloseable {
  private static final JsonMapper JSON = new JsonMapper();
  private static final long LIMIT_SECONDS = 60;

  /// What a client is told that does well to try again.
  private static final Pattern AGAIN =
      Pattern.compile(
          "connection refused|no route to host|i/o timeout|timed? ?out|Timeout|unexpected EOF|:"
              + " EOF|connection reset|connection lost|deadline"
              + " exceeded|ServiceUnavailable|currently unable|TooManyRequests|broken pipe|network"
              + " is unreachable|was refused|etcd at \\S+ (has no leader just now|is not"
              + " available|is too slow|does not answer)");

  private final List<String> urls;
  private final Map<String, String> environment;

  /// What kubectl said was done: the value of each config map.
  private final Map<String, String> acknowledged = new ConcurrentHashMap<>();

  private final ConcurrentLinkedQueue<String> refusals = new ConcurrentLinkedQueue<>();
  private final Set<String> retried = ConcurrentHashMap.newKeySet();
  private final List<Thread> users = new ArrayList<>();
  private volatile boolean stopped;

  KubectlLoad(List<String> urls, Map<String, String> environment) {
    this.urls = List.copyOf(urls);
    this.environment = Map.copyOf(environment);
  }

  KubectlLoad start(int count) {
    for (int i = 0; i < count; i++) {
      int user = i;
      users.add(Thread.ofPlatform().start(() -> work(user)));
    }
    return this;
  }

  /// Every other write makes a config map, the next one changes it.
  private void work(int user) {
    int server = user;
    for (int n = 0; !stopped; n++) {
      String name = "u%d-%d".formatted(user, n / 2);
      String value = Integer.toString(n);
      boolean create = n % 2 == 0;
      boolean unknown = false;
      while (!stopped) {
        Running.Ended ended =
            create
                ? kubectl(server, "create", "configmap", name, "--from-literal=value=" + value)
                : kubectl(
                    server,
                    "patch",
                    "configmap",
                    name,
                    "--type=merge",
                    "-p",
                    "{\"data\":{\"value\":\"%s\"}}".formatted(value));
        boolean done =
            ended.end() == 0 || (unknown && create && ended.errors().contains("already exists"));
        if (done) {
          acknowledged.put(name, value);
          break;
        }
        unknown = true;
        judge(ended.errors());
        server++;
      }
    }
  }

  private Running.Ended kubectl(int server, String... words) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "kubectl",
                "--server=" + urls.get(server % urls.size()),
                "--request-timeout=10s",
                "--namespace=default"));
    command.addAll(List.of(words));
    return Running.start(environment, command.toArray(String[]::new)).finish(LIMIT_SECONDS);
  }

  /// What a user on another machine is told.
  void judge(String told) {
    if (AGAIN.matcher(told).find()) {
      retried.add(told.strip());
    } else {
      refusals.add(told.strip());
    }
  }

  int done() {
    return acknowledged.size();
  }

  /// What nobody should be told for a fault of the servers.
  List<String> refusals() {
    return List.copyOf(refusals);
  }

  /// What was told to those who then tried again.
  Set<String> retried() {
    return Set.copyOf(retried);
  }

  Map<String, String> acknowledged() {
    return new TreeMap<>(acknowledged);
  }

  /// The config maps as a server shows them.
  Map<String, String> shown(int server) {
    JsonNode list = JSON.readTree(kubectl(server, "get", "configmaps", "-o", "json").succeeded());
    Map<String, String> shown = new TreeMap<>();
    for (JsonNode item : list.path("items")) {
      shown.put(item.at("/metadata/name").asString(""), item.at("/data/value").asString(""));
    }
    return shown;
  }

  @Override
  public void close() throws InterruptedException {
    stopped = true;
    for (Thread user : users) {
      user.join();
    }
  }
}
