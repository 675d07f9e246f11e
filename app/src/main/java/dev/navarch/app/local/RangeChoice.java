package dev.navarch.app.local;

import dev.navarch.node.host.Commands;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Picks the address ranges of a cluster: the ones asked for, else the first of a family that
/// nothing on this machine routes to.
public enum RangeChoice {
  NODES("--node-cidr", "10.140.0.0/24"),
  PODS("--pod-cidr", "10.40.0.0/16"),
  SERVICES("--service-cidr", "10.96.0.0/16");

  private static final int CANDIDATES = 16;

  private static final int STRIDE_BITS = 16;

  private final String option;
  private final String first;

  RangeChoice(String option, String first) {
    this.option = option;
    this.first = first;
  }

  public String choose(@Nullable String asked) {
    if (asked != null) {
      try {
        return Cidr.parse(asked).toString();
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(option + ": " + e.getMessage(), e);
      }
    }
    List<Cidr> taken = taken();
    Cidr usual = Cidr.parse(first);
    return IntStream.range(0, CANDIDATES)
        .mapToObj(n -> new Cidr(usual.base() + ((long) n << STRIDE_BITS), usual.bits()))
        .filter(candidate -> taken.stream().noneMatch(candidate::overlaps))
        .findFirst()
        .orElse(usual)
        .toString();
  }

  static List<Cidr> taken() {
    Commands.Outcome routes = Commands.outcome("", "ip", "-4", "route", "show");
    return routes.output().lines().map(RangeChoice::target).flatMap(List::stream).toList();
  }

  private static List<Cidr> target(String route) {
    String[] words = route.strip().split(" +");
    String target = words[0].equals("blackhole") ? words[1] : words[0];
    return target.equals("default") ? List.of() : List.of(Cidr.ofRoute(target));
  }
}
