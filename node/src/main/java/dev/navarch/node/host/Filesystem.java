package dev.navarch.node.host;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;

/// How full the filesystem below a path is, in bytes and in files (inodes).
///
/// @param available bytes that anybody but root may still take
/// @param inodes 0 where the filesystem does not count them
/// @param device by which two paths on one filesystem are known
public record Filesystem(long capacity, long available, long inodes, long inodesFree, long device) {
  /// Larger than `struct statvfs` of any 64-bit Linux.
  private static final int STATVFS_SIZE = 256;

  private static final long FRAGMENT = 8;
  private static final long BLOCKS = 16;
  private static final long BLOCKS_FREE = 32;
  private static final long FILES = 40;
  private static final long FILES_FREE = 48;
  private static final MethodHandle STATVFS = statvfs();

  public static Filesystem of(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment answer = arena.allocate(STATVFS_SIZE, 8);
      int result = (int) STATVFS.invokeExact(arena.allocateFrom(path.toString()), answer);
      if (result != 0) {
        throw new UncheckedIOException(new IOException("no filesystem at " + path));
      }
      long fragment = answer.get(JAVA_LONG, FRAGMENT);
      return new Filesystem(
          answer.get(JAVA_LONG, BLOCKS) * fragment,
          answer.get(JAVA_LONG, BLOCKS_FREE) * fragment,
          answer.get(JAVA_LONG, FILES),
          answer.get(JAVA_LONG, FILES_FREE),
          ((Number) Files.getAttribute(path, "unix:dev")).longValue());
    } catch (UncheckedIOException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  public long inodesUsed() {
    return inodes - inodesFree;
  }

  @SuppressWarnings("restricted")
  private static MethodHandle statvfs() {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow("statvfs"),
        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS));
  }
}
