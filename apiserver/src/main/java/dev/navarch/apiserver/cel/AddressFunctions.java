package dev.navarch.apiserver.cel;

import static dev.navarch.apiserver.cel.StandardFunctions.text;

import dev.navarch.apiserver.cel.Functions.Function;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// IP addresses and ranges. Neither zones nor IPv4 addresses in IPv6 form are addresses here, and
/// nothing ever asks a name server.
final class AddressFunctions {
  private static final Pattern V4 =
      Pattern.compile("(0|[1-9][0-9]{0,2})(\\.(0|[1-9][0-9]{0,2})){3}");
  private static final Pattern V6 = Pattern.compile("[0-9a-fA-F]*:[0-9a-fA-F:.]*");

  private AddressFunctions() {}

  record Ip(InetAddress address) implements Values.Opaque {
    @Override
    public String typeName() {
      return "net.IP";
    }

    @Override
    public long size() {
      return address.getAddress().length;
    }

    @Override
    public String toString() {
      return canonical(address);
    }
  }

  record Range(InetAddress address, int bits) implements Values.Opaque {
    @Override
    public String typeName() {
      return "net.CIDR";
    }

    @Override
    public long size() {
      return (bits + 7L) / 8;
    }

    boolean contains(InetAddress other) {
      return other.getAddress().length == address.getAddress().length
          && masked(other, bits).equals(masked(address, bits));
    }

    @Override
    public String toString() {
      return canonical(address) + "/" + bits;
    }
  }

  static Map<String, Function> functions() {
    Map<String, Function> all = new HashMap<>();
    all.put("ip", args -> args.getFirst() instanceof Range(var at, _) ? new Ip(at) : toIp(args));
    all.put("isIP", args -> parse(text(args.getFirst())) != null);
    all.put("ip.isCanonical", args -> toIp(args).toString().equals(text(args.getFirst())));
    all.put("family", args -> address(args).getAddress().length == 4 ? 4L : 6L);
    all.put("isUnspecified", args -> is(args, InetAddress::isAnyLocalAddress));
    all.put("isLoopback", args -> is(args, InetAddress::isLoopbackAddress));
    all.put("isLinkLocalMulticast", args -> is(args, AddressFunctions::isLinkLocalMulticast));
    all.put("isLinkLocalUnicast", args -> is(args, InetAddress::isLinkLocalAddress));
    all.put("isGlobalUnicast", args -> is(args, AddressFunctions::isGlobalUnicast));
    all.put("cidr", args -> toRange(text(args.getFirst())));
    all.put("isCIDR", args -> parseRange(text(args.getFirst())) != null);
    all.put("containsIP", args -> range(args).contains(ipOf(args.get(1))));
    all.put("containsCIDR", args -> contains(range(args), rangeOf(args.get(1))));
    all.put("masked", args -> masked(range(args)));
    all.put("prefixLength", args -> (long) range(args).bits());
    return all;
  }

  private static boolean is(List<Object> args, Predicate<InetAddress> test) {
    return test.test(address(args));
  }

  private static boolean isLinkLocalMulticast(InetAddress address) {
    byte[] bytes = address.getAddress();
    return bytes.length == 4
        ? bytes[0] == (byte) 224 && bytes[1] == 0 && bytes[2] == 0
        : bytes[0] == (byte) 0xff && (bytes[1] & 0x0f) == 2;
  }

  private static boolean isGlobalUnicast(InetAddress address) {
    boolean broadcast =
        address.getAddress().length == 4
            && new BigInteger(1, address.getAddress()).bitCount() == Integer.SIZE;
    return !broadcast
        && !address.isAnyLocalAddress()
        && !address.isLoopbackAddress()
        && !address.isMulticastAddress()
        && !address.isLinkLocalAddress();
  }

  private static boolean contains(Range outer, Range inner) {
    return outer.contains(inner.address()) && outer.bits() <= inner.bits();
  }

  private static Range masked(Range range) {
    return new Range(masked(range.address(), range.bits()), range.bits());
  }

  private static InetAddress masked(InetAddress address, int bits) {
    byte[] bytes = address.getAddress();
    for (int i = 0; i < bytes.length; i++) {
      int kept = Math.clamp(bits - 8L * i, 0, 8);
      bytes[i] &= (byte) (0xff << (8 - kept));
    }
    return of(bytes);
  }

  private static InetAddress of(byte[] bytes) {
    try {
      return InetAddress.getByAddress(bytes);
    } catch (java.net.UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }

  private static InetAddress address(List<Object> args) {
    if (args.getFirst() instanceof Ip(InetAddress address)) {
      return address;
    }
    throw EvaluationFailed.noSuchOverload();
  }

  private static Range range(List<Object> args) {
    if (args.getFirst() instanceof Range range) {
      return range;
    }
    throw EvaluationFailed.noSuchOverload();
  }

  private static InetAddress ipOf(Object value) {
    return value instanceof Ip(InetAddress address) ? address : toIp(List.of(value)).address();
  }

  private static Range rangeOf(Object value) {
    return value instanceof Range range ? range : toRange(text(value));
  }

  private static Ip toIp(List<Object> args) {
    String text = text(args.getFirst());
    InetAddress address = parse(text);
    if (address == null) {
      throw new EvaluationFailed(
          "IP Address \"%s\" parse error during conversion from string: ParseAddr(\"%s\"): unable to parse IP"
              .formatted(text, text));
    }
    return new Ip(address);
  }

  private static Range toRange(String text) {
    Range range = parseRange(text);
    if (range == null) {
      throw new EvaluationFailed(
          "network address parse error during conversion from string: netip.ParsePrefix(\"%s\")"
              .formatted(text));
    }
    return range;
  }

  private static @Nullable Range parseRange(String text) {
    int slash = text.indexOf('/');
    InetAddress address = slash < 0 ? null : parse(text.substring(0, slash));
    if (address == null || !text.substring(slash + 1).matches("0|[1-9][0-9]{0,2}")) {
      return null;
    }
    int bits = Integer.parseInt(text, slash + 1, text.length(), 10);
    return bits <= address.getAddress().length * 8 ? new Range(address, bits) : null;
  }

  private static @Nullable InetAddress parse(String text) {
    boolean v4 = V4.matcher(text).matches();
    if (!v4 && !V6.matcher(text).matches()) {
      return null;
    }
    try {
      InetAddress address = InetAddress.ofLiteral(text);
      return v4 == (address.getAddress().length == 4) ? address : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  /// Lower case, without leading zeros, the longest run of zeros left out.
  private static String canonical(InetAddress address) {
    byte[] bytes = address.getAddress();
    if (bytes.length == 4) {
      return String.valueOf(address.getHostAddress());
    }
    int[] groups = new int[8];
    Arrays.setAll(groups, i -> (bytes[2 * i] & 0xff) << 8 | (bytes[2 * i + 1] & 0xff));
    int start = -1;
    int length = 1;
    for (int i = 0; i < 8; i++) {
      int end = i;
      while (end < 8 && groups[end] == 0) {
        end++;
      }
      if (end - i > length) {
        start = i;
        length = end - i;
      }
    }
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < 8; i++) {
      if (i == start) {
        out.append("::");
        i += length - 1;
      } else {
        out.append(out.isEmpty() || out.charAt(out.length() - 1) == ':' ? "" : ":");
        out.append(Integer.toHexString(groups[i]));
      }
    }
    return out.toString();
  }
}
