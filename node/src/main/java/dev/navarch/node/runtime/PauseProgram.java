package dev.navarch.node.runtime;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The program of the pause container, as an ELF file of about 200 bytes: it holds a pod's
/// namespaces open and does nothing. SIGCHLD is ignored, so that the kernel itself reaps the
/// orphans of a pod that shares its process namespace. Written as machine code so that no compiler
/// is needed anywhere.
final class PauseProgram {
  private static final int BASE = 0x400000;
  private static final int HEADERS = 64 + 56;
  private static final short X86_64 = 62;
  private static final short AARCH64 = 183;

  /// A `struct sigaction` of the kernel: SIG_IGN, no flags, no restorer, empty mask.
  private static final long[] IGNORE = {1, 0, 0, 0};

  private PauseProgram() {}

  /// @param architecture as container images name it: `amd64`, `arm64`
  static byte[] elf(String architecture) {
    return switch (architecture) {
      case "amd64" -> elf(X86_64, amd64());
      case "arm64" -> elf(AARCH64, arm64());
      default ->
          throw new IllegalArgumentException(
              "no pause program for architecture '%s'; there are amd64 and arm64"
                  .formatted(architecture));
    };
  }

  private static byte[] amd64() {
    return ByteBuffer.allocate(40)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(hex("b80d000000")) //         mov eax, 13          rt_sigaction
        .put(hex("bf11000000")) //         mov edi, 17          SIGCHLD
        .put(hex("488d3517000000")) //     lea rsi, [rip + 23]  IGNORE
        .put(hex("31d2")) //               xor edx, edx
        .put(hex("41ba08000000")) //       mov r10d, 8          size of a signal set
        .put(hex("0f05")) //               syscall
        .put(hex("b822000000")) //   again: mov eax, 34          pause
        .put(hex("0f05")) //               syscall
        .put(hex("ebf7")) //               jmp again
        .array();
  }

  private static byte[] arm64() {
    ByteBuffer code = ByteBuffer.allocate(56).order(ByteOrder.LITTLE_ENDIAN);
    int[] words = {
      0xd28010c8, //        mov x8, #134    rt_sigaction
      0xd2800220, //        mov x0, #17     SIGCHLD
      0x10000181, //        adr x1, +48     IGNORE
      0xd2800002, //        mov x2, #0
      0xd2800103, //        mov x3, #8      size of a signal set
      0xd4000001, //        svc #0
      0xd2800000, // again: mov x0, #0
      0xd2800001, //        mov x1, #0
      0xd2800002, //        mov x2, #0
      0xd2800003, //        mov x3, #0
      0xd2800004, //        mov x4, #0
      0xd2800928, //        mov x8, #73     ppoll
      0xd4000001, //        svc #0
      0x17fffff9, //        b again
    };
    for (int word : words) {
      code.putInt(word);
    }
    return code.array();
  }

  private static byte[] elf(short machine, byte[] code) {
    int size = HEADERS + code.length + Long.BYTES * IGNORE.length;
    ByteBuffer file = ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
    file.put(hex("7f454c46020101000000000000000000"));
    file.putShort((short) 2).putShort(machine).putInt(1);
    file.putLong(BASE + HEADERS).putLong(64).putLong(0).putInt(0);
    file.putShort((short) 64).putShort((short) 56).putShort((short) 1);
    file.putShort((short) 64).putShort((short) 0).putShort((short) 0);
    file.putInt(1).putInt(5).putLong(0).putLong(BASE).putLong(BASE);
    file.putLong(size).putLong(size).putLong(0x1000);
    file.put(code);
    for (long word : IGNORE) {
      file.putLong(word);
    }
    return file.array();
  }

  private static byte[] hex(String digits) {
    return java.util.HexFormat.of().parseHex(digits);
  }
}
