package dev.navarch.apiserver.admission;

import dev.navarch.api.ApiException;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;

/// The addresses that services get: an IPv4 range without its first and last. The lower end is kept
/// for those who ask for a certain address; others get one from the upper part while it lasts.
///
/// @param base the network's own address, as a number
public record AddressRange(String text, long base, int size) {
  private static final Pattern OCTET = Pattern.compile("0|[1-9][0-9]{0,2}");

  /// @param text as `10.96.0.0/16`
  public static AddressRange parse(String text) {
    int slash = text.indexOf('/');
    Optional<Long> address = slash < 0 ? Optional.empty() : number(text.substring(0, slash));
    String bits = slash < 0 ? "" : text.substring(slash + 1);
    if (address.isEmpty() || !bits.matches("[0-9]{1,2}") || bad(Integer.parseInt(bits))) {
      throw ApiException.badRequest(
          "service address range %s: expected an IPv4 range with a prefix of 12 to 30 bits, such as 10.96.0.0/16"
              .formatted(text));
    }
    int size = 1 << (32 - Integer.parseInt(bits));
    return new AddressRange(text, address.get() & -size, size);
  }

  private static boolean bad(int bits) {
    return bits < 12 || bits > 30;
  }

  /// The range's n-th address; the first that can be used is number 1.
  public String at(int offset) {
    long address = base + offset;
    return "%d.%d.%d.%d"
        .formatted(address >> 24 & 255, address >> 16 & 255, address >> 8 & 255, address & 255);
  }

  boolean contains(String address) {
    return number(address).map(n -> n - base).filter(n -> n > 0 && n < size - 1).isPresent();
  }

  /// A free address, at random; empty when all are taken.
  Optional<String> pick(Set<String> taken, RandomGenerator random) {
    int reserved = Math.min(Math.max(16, size / 16), 256);
    int first = Math.min(reserved, size / 2);
    return pick(first, size - 1, taken, random).or(() -> pick(1, first, taken, random));
  }

  private Optional<String> pick(int from, int to, Set<String> taken, RandomGenerator random) {
    int count = to - from;
    int start = random.nextInt(Math.max(1, count));
    for (int i = 0; i < count; i++) {
      String address = at(from + (start + i) % count);
      if (!taken.contains(address)) {
        return Optional.of(address);
      }
    }
    return Optional.empty();
  }

  private static Optional<Long> number(String address) {
    String[] octets = address.split("\\.", -1);
    long number = 0;
    for (String octet : octets) {
      if (!OCTET.matcher(octet).matches() || Integer.parseInt(octet) > 255) {
        return Optional.empty();
      }
      number = number << 8 | Integer.parseInt(octet);
    }
    return octets.length == 4 ? Optional.of(number) : Optional.empty();
  }

  @Override
  public String toString() {
    return text;
  }
}
