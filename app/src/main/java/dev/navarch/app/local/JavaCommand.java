package dev.navarch.app.local;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The command lines by which Navarch starts itself again as a long-running part: the same JVM,
/// with the memory settings of that part, and without the libraries that it never needs.
public final class JavaCommand {
  private static final List<String> COMMON =
      List.of(
          "-XX:+UseCompactObjectHeaders",
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:ArchiveRelocationMode=0",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-Dio.netty.noUnsafe=false",
          "-Dio.netty.jfr.enabled=false");

  /// Its heap is kept tight, but not so tight that it is marked over and over: a quarter of what
  /// lives may be free, and marking begins when very little is. Stacks have room for the deepest
  /// documents; what they do not use costs nothing.
  private static final Part SERVER =
      new Part(
          "server",
          "dev.navarch.app.cli.ServerMain",
          List.of(
              "-XX:+UseG1GC",
              "-XX:InitialHeapSize=64m",
              "-XX:MinHeapSize=32m",
              "-Xmx2g",
              "-Xss16m",
              "-XX:G1PeriodicGCInterval=10000",
              "-XX:MinHeapFreeRatio=10",
              "-XX:MaxHeapFreeRatio=20",
              "-XX:-G1UseAdaptiveIHOP",
              "-XX:InitiatingHeapOccupancyPercent=90",
              "-XX:TrimNativeHeapInterval=10000"),
          List.of());

  /// In how few pools the C library keeps memory: what each keeps for itself is wasted. An agent
  /// asks for little; two threads of a server may ask at once.
  private static List<String> pools(int most) {
    return List.of("env", "MALLOC_ARENA_MAX=" + most);
  }

  private static final Part AGENT =
      new Part(
          "agent",
          "dev.navarch.app.cli.AgentMain",
          List.of(
              "-XX:+UseSerialGC",
              "-Xms12m",
              "-Xmn4m",
              "-Xmx96m",
              "-XX:MinHeapFreeRatio=5",
              "-XX:MaxHeapFreeRatio=10",
              "-XX:-ShrinkHeapInSteps",
              "-XX:SoftRefLRUPolicyMSPerMB=0",
              "-XX:TrimNativeHeapInterval=60000",
              "-Djdk.reflect.useNativeAccessorOnly=true",
              "-Xss512k",
              "-XX:TieredStopAtLevel=1",
              "-XX:ReservedCodeCacheSize=24m",
              "-XX:CICompilerCount=1",
              "-Dio.netty.allocator.type=pooled",
              "-Dio.netty.allocator.numHeapArenas=1",
              "-Dio.netty.allocator.numDirectArenas=1",
              "-Dio.netty.allocator.maxOrder=3"),
          List.of(
              "bcp",
              "bcutil",
              "rocksdb",
              "jetcd",
              "nimbus",
              "micrometer",
              "prometheus",
              "HdrHistogram",
              "client-java-api",
              "snakeyaml-2",
              // CEL and what it needs.
              "cel-0",
              "common-0",
              "compiler-0",
              "protobuf-0",
              "runtime-0",
              "v1alpha1-0",
              "antlr4",
              "re2j",
              "threeten",
              "auto-value",
              "navarch-store",
              "navarch-apiserver",
              "navarch-controllers",
              "navarch-scheduler"));

  /// What certificates are asked for with.
  private static final List<String> CERTIFICATES = List.of("bcp", "bcutil", "navarch-apiserver");

  private JavaCommand() {}

  /// A long-running part, with its settings of the JVM.
  ///
  /// @param absent how the names of the libraries begin that it does without
  private record Part(String name, String main, List<String> settings, List<String> absent) {
    private Path cache() {
      return Path.of(System.getProperty("navarch.home", "."), "app/target", name + ".aot");
    }

    private String classPath() {
      return jars(jar -> absent.stream().noneMatch(jar::startsWith));
    }

    /// The JVM's options up to the main class.
    private List<String> options(String cacheOption) {
      List<String> options = new ArrayList<>(COMMON);
      options.addAll(settings);
      if (!cacheOption.isEmpty()) {
        options.add(cacheOption);
      }
      options.add("-Dnavarch.home=" + System.getProperty("navarch.home", "."));
      options.add("-cp");
      options.add(classPath());
      return options;
    }

    private List<String> run() {
      List<String> options = options(Files.exists(cache()) ? "-XX:AOTCache=" + cache() : "");
      options.add(main);
      return options;
    }
  }

  public static List<String> server(List<String> arguments) {
    List<String> argv = new ArrayList<>(pools(2));
    argv.addAll(java(SERVER.run()));
    argv.addAll(arguments);
    return argv;
  }

  /// What stands between `java` and the arguments of a server.
  public static List<String> serverOptions() {
    return SERVER.run();
  }

  static List<String> agent(List<String> arguments) {
    List<String> argv = new ArrayList<>(pools(1));
    argv.addAll(java(AGENT.run()));
    argv.addAll(arguments);
    return argv;
  }

  /// What stands between `java` and the arguments of an agent that asks for its certificates
  /// itself: the libraries for that stand behind those of every agent, so that the kept classes
  /// fit.
  public static List<String> agentOptions() {
    List<String> options = AGENT.run();
    int classPath = options.indexOf("-cp") + 1;
    String more = jars(jar -> CERTIFICATES.stream().anyMatch(jar::startsWith));
    options.set(classPath, options.get(classPath) + File.pathSeparator + more);
    return options;
  }

  private static String jars(Predicate<String> wanted) {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(jar -> wanted.test(Path.of(jar).getFileName().toString()))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /// Runs `main` as the server would be run, and keeps its classes for later starts.
  public static List<String> trainServer(String main, List<String> arguments) {
    return train(SERVER, main, arguments);
  }

  /// Runs `main` as an agent would be run, and keeps its classes for later starts.
  public static List<String> trainAgent(String main, List<String> arguments) {
    return train(AGENT, main, arguments);
  }

  private static List<String> train(Part part, String main, List<String> arguments) {
    List<String> argv = java(part.options("-XX:AOTCacheOutput=" + part.cache()));
    argv.add(main);
    argv.addAll(arguments);
    return argv;
  }

  private static List<String> java(List<String> options) {
    List<String> argv = new ArrayList<>();
    argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    argv.addAll(options);
    return argv;
  }
}
