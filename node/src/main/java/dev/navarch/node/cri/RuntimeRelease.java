package dev.navarch.node.cri;

import dev.navarch.node.cri.v1.VersionResponse;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which runtime it is, and how new: for what it does not tell of itself.
public record RuntimeRelease(String name, String version) {
  private static final Pattern VERSION = Pattern.compile("v?(\\d+)\\.(\\d+).*");

  public static RuntimeRelease of(VersionResponse answer) {
    return new RuntimeRelease(answer.getRuntimeName(), answer.getRuntimeVersion());
  }

  /// Whether it is this runtime, and older. One whose version cannot be read is taken as new.
  public boolean isBefore(String runtime, int major, int minor) {
    Matcher number = VERSION.matcher(version);
    if (!name.equals(runtime) || !number.matches()) {
      return false;
    }
    int found = Integer.parseInt(number.group(1));
    return found < major || (found == major && Integer.parseInt(number.group(2)) < minor);
  }
}
