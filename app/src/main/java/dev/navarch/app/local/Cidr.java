package dev.navarch.app.local;

/// A range of IPv4 addresses, as `10.40.0.0/16`.
///
/// @param base the first address as a number, host bits zero
public record Cidr(long base, int bits) {

  public static Cidr parse(String text) {
    String[] parts = text.split("/", -1);
    try {
      if (parts.length == 2) {
        int bits = Integer.parseInt(parts[1]);
        long address = address(parts[0]);
        if (bits >= 8 && bits <= 30) {
          if ((address & hostMask(bits)) != 0) {
            throw new IllegalArgumentException(
                "%s has host bits set: did you mean %s?"
                    .formatted(text, new Cidr(address & ~hostMask(bits), bits)));
          }
          return new Cidr(address, bits);
        }
      }
    } catch (NumberFormatException e) {
      // falls through to the one message
    }
    throw new IllegalArgumentException(
        "'%s' is no IPv4 range; expected a form like 10.40.0.0/16, with 8 to 30 bits"
            .formatted(text));
  }

  /// The target of a route, of any size: `10.0.0.0/8`, or one address.
  static Cidr ofRoute(String target) {
    String[] parts = target.split("/", -1);
    int bits = parts.length == 2 ? Integer.parseInt(parts[1]) : 32;
    return new Cidr(address(parts[0]) & ~hostMask(bits), bits);
  }

  /// The n-th address of the range.
  public String host(long n) {
    return dotted(base + n);
  }

  public String hostWithBits(long n) {
    return host(n) + "/" + bits;
  }

  /// The n-th part of the range, when it is cut into parts of so many bits.
  public Cidr part(int n, int partBits) {
    return new Cidr(base + ((long) n << (32 - partBits)), partBits);
  }

  public long size() {
    return 1L << (32 - bits);
  }

  public boolean overlaps(Cidr other) {
    return base < other.base + other.size() && other.base < base + size();
  }

  private static long hostMask(int bits) {
    return (1L << (32 - bits)) - 1;
  }

  private static long address(String dotted) {
    String[] parts = dotted.split("\\.", -1);
    if (parts.length != 4) {
      throw new NumberFormatException(dotted);
    }
    long address = 0;
    for (String part : parts) {
      int octet = Integer.parseInt(part);
      if (octet < 0 || octet > 255) {
        throw new NumberFormatException(dotted);
      }
      address = address << 8 | octet;
    }
    return address;
  }

  private static String dotted(long address) {
    return "%d.%d.%d.%d"
        .formatted(address >> 24 & 255, address >> 16 & 255, address >> 8 & 255, address & 255);
  }

  @Override
  public String toString() {
    return dotted(base) + "/" + bits;
  }
}
