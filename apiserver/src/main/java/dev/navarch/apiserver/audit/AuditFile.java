package dev.navarch.apiserver.audit;

/// Where requests are told of, and how much of that is kept.
///
/// @param path `-` for the standard output
/// @param mostMegabytes how large the file gets before it is set aside and a new one begins
/// @param mostBackups how many files that were set aside are kept; 0 for all
/// @param mostDays for how long they are kept; 0 for ever
public record AuditFile(String path, int mostMegabytes, int mostBackups, int mostDays) {
  public static final int USUAL_MEGABYTES = 100;

  public AuditFile {
    notNegative("maxbackup", mostBackups);
    notNegative("maxage", mostDays);
    notNegative("maxsize", mostMegabytes);
    mostMegabytes = mostMegabytes == 0 ? USUAL_MEGABYTES : mostMegabytes;
  }

  /// Upstream's defaults: a new file after 100 megabytes, and nothing is deleted.
  public static AuditFile at(String path) {
    return new AuditFile(path, USUAL_MEGABYTES, 0, 0);
  }

  private static void notNegative(String what, int given) {
    if (given < 0) {
      throw new IllegalArgumentException(
          "--audit-log-%s: %d is no limit; expected 0 or more".formatted(what, given));
    }
  }
}
