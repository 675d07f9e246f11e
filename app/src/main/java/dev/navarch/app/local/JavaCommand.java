package dev.navarch.app.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The command lines by which Navarch starts itself again as a long-running part: the same JVM and
/// class path, with the memory settings of that part.
public final class JavaCommand {
  private static final List<String> COMMON =
      List.of(
          "-XX:+UseCompactObjectHeaders",
          "-XX:+UnlockDiagnosticVMOptions",
          "-XX:ArchiveRelocationMode=0",
          "--enable-native-access=ALL-UNNAMED",
          "--sun-misc-unsafe-memory-access=allow",
          "-Dio.netty.noUnsafe=false");
  private static final List<String> SERVER =
      List.of("-XX:+UseG1GC", "-Xms64m", "-Xmx2g", "-XX:G1PeriodicGCInterval=30000");
  private static final List<String> AGENT =
      List.of(
          "-XX:+UseSerialGC",
          "-Xms16m",
          "-Xmx96m",
          "-Dio.netty.allocator.numDirectArenas=1",
          "-Dio.netty.allocator.maxOrder=3",
          "-XX:MinHeapFreeRatio=10",
          "-XX:MaxHeapFreeRatio=25",
          "-Xss512k",
          "-XX:TieredStopAtLevel=1",
          "-XX:ReservedCodeCacheSize=24m",
          "-XX:CICompilerCount=1");

  private JavaCommand() {}

  public static List<String> server(List<String> arguments) {
    return command("server", SERVER, arguments);
  }

  static List<String> agent(List<String> arguments) {
    return command("agent", AGENT, arguments);
  }

  private static List<String> command(String part, List<String> memory, List<String> arguments) {
    List<String> argv = new ArrayList<>();
    argv.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    argv.addAll(COMMON);
    argv.addAll(memory);
    Path cache = Path.of(System.getProperty("navarch.home", "."), "app/target", part + ".aot");
    if (Files.exists(cache)) {
      argv.add("-XX:AOTCache=" + cache);
    }
    argv.add("-cp");
    argv.add(System.getProperty("java.class.path"));
    argv.add("dev.navarch.app.Navarch");
    argv.add(part);
    argv.addAll(arguments);
    return argv;
  }
}
