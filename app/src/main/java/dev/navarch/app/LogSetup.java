package dev.navarch.app;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.util.Map;

/// Sends what the program logs to standard error, a line each. Said in code, because reading a
/// configuration file would take a long-running part five megabytes. `NAVARCH_LOG` sets the level;
/// logback's own property still names another configuration.
public final class LogSetup extends ContextAwareBase implements Configurator {
  private static final Map<String, Level> QUIETER =
      Map.of(
          "io.netty", Level.WARN,
          "io.netty.bootstrap", Level.ERROR,
          "io.netty.util.internal.MacAddressUtil", Level.ERROR,
          "io.grpc", Level.WARN);

  @Override
  public ExecutionStatus configure(LoggerContext logging) {
    if (System.getProperty("logback.configurationFile") != null) {
      return ExecutionStatus.INVOKE_NEXT_IF_ANY;
    }
    var line = new LogLine();
    line.setContext(logging);
    line.start();
    var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
    encoder.setContext(logging);
    encoder.setLayout(line);
    encoder.start();
    var console = new ConsoleAppender<ILoggingEvent>();
    console.setContext(logging);
    console.setTarget("System.err");
    console.setEncoder(encoder);
    console.start();
    Logger root = logging.getLogger(Logger.ROOT_LOGGER_NAME);
    root.setLevel(Level.toLevel(System.getenv("NAVARCH_LOG"), Level.INFO));
    root.addAppender(console);
    QUIETER.forEach((name, level) -> logging.getLogger(name).setLevel(level));
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }
}
