package dev.navarch.app;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import ch.qos.logback.core.LayoutBase;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// One event of the log as a line: time, level, who says it, what, and the facts as keys.
final class LogLine extends LayoutBase<ILoggingEvent> {
  private static final int FRAMES = 8;

  private final DateTimeFormatter time =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS", Locale.ROOT)
          .withZone(ZoneId.systemDefault());

  @Override
  public String doLayout(ILoggingEvent event) {
    var line = new StringBuilder(160);
    time.formatTo(event.getInstant(), line);
    line.append(' ').append(event.getLevel());
    line.repeat(' ', Math.max(0, 5 - event.getLevel().toString().length()));
    String logger = event.getLoggerName();
    line.append(' ').append(logger, logger.lastIndexOf('.') + 1, logger.length());
    line.append(" - ").append(Printable.lines(event.getFormattedMessage()));
    if (event.getKeyValuePairs() != null) {
      event
          .getKeyValuePairs()
          .forEach(
              fact ->
                  line.append(' ')
                      .append(fact.key)
                      .append("=\"")
                      .append(Printable.of(String.valueOf(fact.value)))
                      .append('"'));
    }
    line.append('\n');
    String prefix = "";
    for (IThrowableProxy why = event.getThrowableProxy(); why != null; why = why.getCause()) {
      line.append(prefix).append(why.getClassName()).append(": ");
      line.append(Printable.lines(String.valueOf(why.getMessage())));
      line.append('\n');
      StackTraceElementProxy[] frames = why.getStackTraceElementProxyArray();
      for (int i = 0; i < Math.min(FRAMES, frames.length); i++) {
        line.append('\t').append(frames[i]).append('\n');
      }
      prefix = "Caused by: ";
    }
    return line.toString();
  }
}
