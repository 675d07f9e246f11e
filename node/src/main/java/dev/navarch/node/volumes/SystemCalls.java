package dev.navarch.node.volumes;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;

/// The few system calls that the JDK does not offer and volumes need: mount, umount, and opening a
/// path that may not leave its folder (openat2).
final class SystemCalls {
  static final long MS_BIND = 4096;
  static final long MS_REC = 16384;
  static final long MS_NOSUID = 2;
  static final int ENOENT = 2;
  static final int EINVAL = 22;
  private static final int EXDEV = 18;
  private static final int ELOOP = 40;
  private static final int MNT_DETACH = 2;
  private static final long SYS_OPENAT2 = 437;
  private static final long O_PATH = 0x200000;
  private static final long O_CLOEXEC = 0x80000;
  private static final long RESOLVE_BENEATH_NO_MAGIC = 0x08 | 0x02;
  private static final int OPEN_HOW_SIZE = 24;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle MOUNT =
      function(
          "mount", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS));
  private static final MethodHandle UMOUNT =
      function("umount2", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SYSCALL =
      function(
          "syscall",
          FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG));
  private static final MethodHandle OPEN =
      function("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle MKDIRAT =
      function("mkdirat", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private SystemCalls() {}

  /// A system call said no.
  static final class Refused extends IOException {
    private final int errno;

    Refused(String what, int errno) {
      super(what + ": " + describe(errno));
      this.errno = errno;
    }

    int errno() {
      return errno;
    }

    boolean leavesItsFolder() {
      return errno == EXDEV || errno == ELOOP;
    }
  }

  static void mount(String source, Path target, String type, long flags, String options)
      throws Refused {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int answer =
          (int)
              MOUNT.invokeExact(
                  state,
                  arena.allocateFrom(source),
                  arena.allocateFrom(target.toString()),
                  arena.allocateFrom(type),
                  flags,
                  arena.allocateFrom(options));
      check(answer, state, "mount " + target);
    } catch (Refused e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static void unmount(Path target) throws Refused {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int answer =
          (int) UMOUNT.invokeExact(state, arena.allocateFrom(target.toString()), MNT_DETACH);
      check(answer, state, "umount " + target);
    } catch (Refused e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// Opens a folder that is known to be good.
  static int open(Path folder) throws Refused {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int answer =
          (int)
              OPEN.invokeExact(
                  state, arena.allocateFrom(folder.toString()), (int) (O_PATH | O_CLOEXEC));
      return check(answer, state, "open " + folder);
    } catch (Refused e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /// Opens what `path` means below an open folder; the kernel refuses every way out of it, also one
  /// that appears while it looks.
  static int openBeneath(int folder, String path) throws Refused {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment how = arena.allocate(OPEN_HOW_SIZE, 8);
      how.set(JAVA_LONG, 0, O_PATH | O_CLOEXEC);
      how.set(JAVA_LONG, 16, RESOLVE_BENEATH_NO_MAGIC);
      long answer =
          (long)
              SYSCALL.invokeExact(
                  state,
                  SYS_OPENAT2,
                  (long) folder,
                  arena.allocateFrom(path),
                  how,
                  (long) OPEN_HOW_SIZE);
      return check((int) answer, state, "open " + path);
    } catch (Refused e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static void makeFolder(int parent, String name, int mode) throws Refused {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      int answer = (int) MKDIRAT.invokeExact(state, parent, arena.allocateFrom(name), mode);
      check(answer, state, "mkdir " + name);
    } catch (Refused e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  static void close(int descriptor) {
    try (Arena arena = Arena.ofConfined()) {
      int ignored = (int) CLOSE.invokeExact(arena.allocate(CALL_STATE), descriptor);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static int check(int answer, MemorySegment state, String what) throws Refused {
    if (answer < 0) {
      throw new Refused(what, (int) ERRNO.get(state, 0L));
    }
    return answer;
  }

  private static String describe(int errno) {
    return switch (errno) {
      case 1 -> "operation not permitted";
      case ENOENT -> "no such file or directory";
      case 13 -> "permission denied";
      case 16 -> "device or resource busy";
      case EXDEV, ELOOP -> "the path leaves the volume";
      case 20 -> "not a directory";
      case EINVAL -> "invalid argument";
      default -> "error " + errno;
    };
  }

  @SuppressWarnings("restricted")
  private static MethodHandle function(String name, FunctionDescriptor type) {
    return LINKER.downcallHandle(
        LINKER.defaultLookup().findOrThrow(name), type, Linker.Option.captureCallState("errno"));
  }
}
