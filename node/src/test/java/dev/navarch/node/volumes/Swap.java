package dev.navarch.node.volumes;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/// Renames as an attacker does: two names change places in one step, so that neither is ever
/// missing. What cannot be renamed at the moment stays.
final class Swap {
  private static final int HERE = -100;
  private static final int EXCHANGE = 2;
  private static final MethodHandle RENAME = function();

  private Swap() {}

  static void exchange(Path one, Path other) {
    rename(one, other, EXCHANGE);
  }

  static void move(Path from, Path to) {
    rename(from, to, 0);
  }

  private static void rename(Path from, Path to, int how) {
    try (Arena arena = Arena.ofConfined()) {
      int ignored =
          (int)
              RENAME.invokeExact(
                  HERE,
                  arena.allocateFrom(from.toString()),
                  HERE,
                  arena.allocateFrom(to.toString()),
                  how);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  @SuppressWarnings("restricted")
  private static MethodHandle function() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("renameat2"),
        FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT));
  }
}
