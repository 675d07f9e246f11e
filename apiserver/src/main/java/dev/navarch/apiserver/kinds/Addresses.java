package dev.navarch.apiserver.kinds;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/// IP addresses and ranges as text; nothing here ever asks a name server.
final class Addresses {
  private static final Pattern V4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
  private static final Pattern V6 = Pattern.compile("[0-9a-fA-F]*:[0-9a-fA-F:.]*");

  private Addresses() {}

  static void validate(Place address) {
    if (parse(address.text()).isEmpty()) {
      address.invalid("must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)");
    }
  }

  /// For addresses that others will be sent to: none that leads to the sender itself.
  static void validateReachable(Place address) {
    Optional<InetAddress> parsed = parse(address.text());
    if (parsed.isEmpty()) {
      validate(address);
      return;
    }
    InetAddress ip = parsed.get();
    if (ip.isAnyLocalAddress()) {
      address.invalid("may not be unspecified (%s)".formatted(address.text()));
    }
    if (ip.isLoopbackAddress()) {
      address.invalid("may not be in the loopback range (127.0.0.0/8, ::1/128)");
    }
    if (ip.isLinkLocalAddress()) {
      address.invalid("may not be in the link-local range (169.254.0.0/16, fe80::/10)");
    }
    if (ip.isMCLinkLocal() || address.text().startsWith("224.0.0.")) {
      address.invalid("may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
    }
  }

  static void validateRange(Place range) {
    if (!isRange(range.text())) {
      range.invalid("must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
    }
  }

  private static boolean isRange(String text) {
    int slash = text.indexOf('/');
    if (slash < 0 || !text.substring(slash + 1).matches("[0-9]{1,3}")) {
      return false;
    }
    int bits = Integer.parseInt(text, slash + 1, text.length(), 10);
    return parse(text.substring(0, slash))
        .filter(address -> bits <= address.getAddress().length * 8)
        .isPresent();
  }

  /// Whether a range is part of another, and smaller; true for what is no range (told elsewhere).
  static boolean isWithin(String inner, String outer) {
    if (!isRange(inner) || !isRange(outer)) {
      return true;
    }
    int bits = bits(outer);
    byte[] in = start(inner);
    byte[] out = start(outer);
    return in.length == out.length
        && bits(inner) > bits
        && new BigInteger(1, in)
                .xor(new BigInteger(1, out))
                .shiftRight(out.length * 8 - bits)
                .signum()
            == 0;
  }

  private static int bits(String range) {
    return Integer.parseInt(range, range.indexOf('/') + 1, range.length(), 10);
  }

  private static byte[] start(String range) {
    return parse(range.substring(0, range.indexOf('/'))).orElseThrow().getAddress();
  }

  static Optional<InetAddress> parse(String text) {
    if (!V4.matcher(text).matches() && !V6.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(text));
    } catch (UnknownHostException notAnAddress) {
      return Optional.empty();
    }
  }
}
