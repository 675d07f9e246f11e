package dev.navarch.apiserver.registry;

import java.util.random.RandomGenerator;

/// Names for objects that only give a prefix (`generateName`): five characters that look like no
/// word and that cannot be mistaken for each other.
final class ObjectNames {
  private static final String LETTERS = "bcdfghjklmnpqrstvwxz2456789";
  private static final int SUFFIX = 5;
  private static final int LONGEST = 63;

  private final RandomGenerator random;

  ObjectNames(RandomGenerator random) {
    this.random = random;
  }

  String from(String prefix) {
    StringBuilder name =
        new StringBuilder(prefix.substring(0, Math.min(prefix.length(), LONGEST - SUFFIX)));
    for (int i = 0; i < SUFFIX; i++) {
      name.append(LETTERS.charAt(random.nextInt(LETTERS.length())));
    }
    return name.toString();
  }
}
