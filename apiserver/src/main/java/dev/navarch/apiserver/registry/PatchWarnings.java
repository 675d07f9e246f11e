package dev.navarch.apiserver.registry;

import java.util.List;

/// What the last attempt of a patch warned of; attempts before it do not count.
final class PatchWarnings {
  private List<String> last = List.of();

  void set(List<String> warnings) {
    last = warnings;
  }

  List<String> last() {
    return last;
  }
}
