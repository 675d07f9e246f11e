package dev.navarch.controllers;

import java.util.stream.IntStream;

/// An IPv4 range cut into equal parts, numbered from 0: `10.40.0.0/16` into 256 of `/24`.
record AddressRanges(long first, int mask, int partMask) {

  static AddressRanges parse(String range, int partMask) {
    int slash = range.indexOf('/');
    int mask = slash < 0 ? -1 : Integer.parseInt(range.substring(slash + 1));
    if (mask < 0 || mask > partMask || partMask > 32 || partMask - mask > 16) {
      throw new IllegalArgumentException(
          "pod range %s in parts of /%d: expected IPv4 as 10.40.0.0/16 in at most 65536 parts"
              .formatted(range, partMask));
    }
    return new AddressRanges(start(address(range.substring(0, slash)), mask), mask, partMask);
  }

  int count() {
    return 1 << (partMask - mask);
  }

  String text(int part) {
    long address = first + part * size(partMask);
    return "%d.%d.%d.%d/%d"
        .formatted(
            address >> 24, address >> 16 & 0xff, address >> 8 & 0xff, address & 0xff, partMask);
  }

  /// The parts that another range overlaps; none for IPv6.
  IntStream touchedBy(String other) {
    if (other.contains(":")) {
      return IntStream.empty();
    }
    int slash = other.indexOf('/');
    int otherMask = Integer.parseInt(other.substring(slash + 1));
    long from = start(address(other.substring(0, slash)), otherMask);
    long to = from + size(otherMask) - 1;
    long last = first + size(mask) - 1;
    if (to < first || from > last) {
      return IntStream.empty();
    }
    return IntStream.rangeClosed(
        (int) ((Math.max(from, first) - first) / size(partMask)),
        (int) ((Math.min(to, last) - first) / size(partMask)));
  }

  private static long size(int mask) {
    return 1L << (32 - mask);
  }

  private static long start(long address, int mask) {
    return address / size(mask) * size(mask);
  }

  private static long address(String dotted) {
    String[] parts = dotted.split("\\.", -1);
    if (parts.length != 4) {
      throw new IllegalArgumentException("expected an IPv4 address, found " + dotted);
    }
    long address = 0;
    for (String part : parts) {
      int octet = Integer.parseInt(part);
      if (octet < 0 || octet > 255) {
        throw new IllegalArgumentException("expected an IPv4 address, found " + dotted);
      }
      address = address << 8 | octet;
    }
    return address;
  }
}
