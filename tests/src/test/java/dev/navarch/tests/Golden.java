package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;

/// Outputs as they were reviewed, without what differs from run to run: ages, times, uids,
/// revisions, chosen names and addresses. `-Dnavarch.golden=write` writes them anew.
final class Golden {
  private static final Path FOLDER = Path.of("src", "test", "resources", "golden");
  private static final Map<Pattern, String> VARYING = new LinkedHashMap<>();

  static {
    vary("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID");
    vary("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z", "TIME");
    vary("[A-Z][a-z]{2}, \\d\\d [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d [+-]\\d{4}", "TIME");
    vary("(?m)(?<=\\s|^)(\\d+[dhms]){1,2}( ago)?(?=\\s|$)", "AGE");
    vary("(?<=resourceVersion\"?: )\"\\d+\"", "REVISION");
    vary("(?<=resourceVersion\\\\\":\\\\\")\\d+", "REVISION");
    vary("10\\.96\\.\\d+\\.\\d+", "CLUSTER-IP");
    vary("10\\.40\\.\\d+\\.\\d+", "POD-IP");
    vary("127\\.0\\.0\\.1:\\d+", "SERVER");
    vary("\\b3[0-2]\\d{3}/", "NODE-PORT/");
    vary("(-[bcdfghjklmnpqrstvwxz2456789]{6,10})-[bcdfghjklmnpqrstvwxz2456789]{5}\\b", "$1-POD");
    vary("simulated-\\d", "NODE");
    vary("(?m)[ \\t]+$", "");
    vary("(?<=\\S)[ \\t]{2,}", "  ");
    vary("-{3,}", "---");
  }

  private Golden() {}

  static void check(String name, Kubectl kubectl, String actual) {
    Path file = FOLDER.resolve("kubectl-1." + kubectl.binary().minor()).resolve(name + ".txt");
    String text = plain(actual.replace(kubectl.namespace(), "NAMESPACE"));
    try {
      if ("write".equals(System.getProperty("navarch.golden"))) {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
      }
      Assumptions.assumeTrue(
          Files.exists(file), () -> file + " is not there yet: -Dnavarch.golden=write makes it");
      assertThat(text)
          .as("%s (-Dnavarch.golden=write rewrites it)", file)
          .isEqualTo(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String plain(String text) {
    String plain = text;
    for (Map.Entry<Pattern, String> one : VARYING.entrySet()) {
      plain = one.getKey().matcher(plain).replaceAll(one.getValue());
    }
    return plain;
  }

  private static void vary(String pattern, String name) {
    VARYING.put(Pattern.compile(pattern), name);
  }
}
