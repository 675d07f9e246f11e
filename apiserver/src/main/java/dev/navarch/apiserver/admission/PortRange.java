package dev.navarch.apiserver.admission;

import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/// The ports that every node keeps for services. The lower ones are for those who ask for a certain
/// port.
public record PortRange(int first, int last) {
  public static final PortRange DEFAULT = new PortRange(30000, 32767);

  boolean contains(int port) {
    return port >= first && port <= last;
  }

  Optional<Integer> pick(Set<Integer> taken, RandomGenerator random) {
    int count = last - first + 1;
    int reserved = Math.min(Math.max(16, count / 32), 128);
    int start = Math.min(reserved, count - 1);
    int span = count - start;
    int at = random.nextInt(span);
    for (int i = 0; i < count; i++) {
      int offset = i < span ? start + (at + i) % span : i - span;
      if (!taken.contains(first + offset)) {
        return Optional.of(first + offset);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return first + "-" + last;
  }
}
