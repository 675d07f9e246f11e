package dev.navarch.node.simulated;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HashMap;
import java.util.Map;

/// Gives each pod of a node an address of its own out of the node's range, as `10.40.2.0/24`. The
/// first address belongs to the node.
final class PodAddresses {
  private static final int FIRST = 2;

  private final Map<String, Map<String, String>> podByAddress = new HashMap<>();

  /// The address that a pod has, or the first free one.
  ///
  /// @throws IllegalStateException when the range is used up
  synchronized String give(String node, String range, String uid) {
    Map<String, String> taken = podByAddress.computeIfAbsent(node, name -> new HashMap<>());
    int slash = range.indexOf('/');
    byte[] base = address(range.substring(0, slash));
    int bits = base.length * 8 - Integer.parseInt(range.substring(slash + 1));
    long size = 1L << Math.min(bits, 32);
    for (long host = FIRST; host < size - 1; host++) {
      String address = text(base, host);
      if (uid.equals(taken.computeIfAbsent(address, free -> uid))) {
        return address;
      }
    }
    throw new IllegalStateException("%s has no address left in %s".formatted(node, range));
  }

  /// A pod has this address since before.
  synchronized void adopt(String node, String address, String uid) {
    podByAddress.computeIfAbsent(node, name -> new HashMap<>()).putIfAbsent(address, uid);
  }

  synchronized void release(String node, String uid) {
    Map<String, String> taken = podByAddress.get(node);
    if (taken != null) {
      taken.values().removeIf(uid::equals);
    }
  }

  private static byte[] address(String literal) {
    return InetAddress.ofLiteral(literal).getAddress();
  }

  private static String text(byte[] base, long host) {
    byte[] address = base.clone();
    long carry = host;
    for (int i = address.length - 1; carry != 0; i--) {
      carry += address[i] & 0xff;
      address[i] = (byte) carry;
      carry >>= 8;
    }
    try {
      return InetAddress.getByAddress(address).getHostAddress();
    } catch (UnknownHostException e) {
      throw new AssertionError("an address of wrong length", e);
    }
  }
}
