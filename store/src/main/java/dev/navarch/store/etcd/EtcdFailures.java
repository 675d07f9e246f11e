package dev.navarch.store.etcd;

import dev.navarch.store.Store.UnavailableException;
import io.grpc.Status;
import java.net.ConnectException;
import java.security.cert.CertificateException;
import java.util.Objects;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// Puts what goes wrong with etcd into words: what was found, and what to do about it.
final class EtcdFailures {
  private EtcdFailures() {}

  /// The request had no effect, for certain: it may be made again.
  static boolean isUntouched(Status status) {
    return has(status.getCause(), ConnectException.class)
        || has(status.getCause(), SSLException.class)
        || says(status, "no leader")
        || says(status, "not leader")
        || says(status, "too many requests");
  }

  /// Another member, or the same one a little later, may answer.
  static boolean isPassing(Status status) {
    return switch (status.getCode()) {
      case UNAVAILABLE, DEADLINE_EXCEEDED, CANCELLED, UNKNOWN, INTERNAL -> true;
      default -> says(status, "too many requests");
    };
  }

  /// An answer to this request alone, which says nothing bad of etcd.
  static boolean isAnswer(Status status) {
    return isCompacted(status) || isFuture(status) || isLeaseGone(status);
  }

  static boolean isCompacted(Status status) {
    return says(status, "has been compacted");
  }

  static boolean isFuture(Status status) {
    return says(status, "is a future revision");
  }

  static boolean isLeaseGone(Status status) {
    return says(status, "requested lease not found");
  }

  private static boolean says(Status status, String what) {
    return status.getDescription() != null && status.getDescription().contains(what);
  }

  private static boolean has(@Nullable Throwable thrown, Class<? extends Throwable> kind) {
    for (Throwable at = thrown; at != null; at = at.getCause()) {
      if (kind.isInstance(at)) {
        return true;
      }
    }
    return false;
  }

  static UnavailableException explain(Status status, String endpoint) {
    return new UnavailableException(
        "etcd at %s %s".formatted(endpoint, text(status, endpoint)), status.getCause());
  }

  private static String text(Status status, String endpoint) {
    Throwable cause = status.getCause();
    String found =
        status.getDescription() == null ? status.getCode().name() : status.getDescription();
    if (says(status, "database space exceeded")) {
      return "is out of space (alarm NOSPACE) and takes no writes: compact and defragment it, or"
          + " raise its --quota-backend-bytes, then run 'etcdctl alarm disarm'";
    }
    if (says(status, "no leader") || says(status, "not leader") || says(status, "leader changed")) {
      return "has no leader just now: if it stays so, most members are down or cannot reach each"
          + " other; start them again";
    }
    if (has(cause, CertificateException.class)) {
      return "shows a certificate that --etcd-cafile does not vouch for (%s): give the authority that signed it"
          .formatted(root(cause));
    }
    if (has(cause, SSLException.class)) {
      return "refuses our certificate (%s): give one that its --trusted-ca-file vouches for, with --etcd-certfile and --etcd-keyfile"
          .formatted(root(cause));
    }
    if (has(cause, ConnectException.class)) {
      return "does not answer (%s): start it, or correct --etcd-servers".formatted(root(cause));
    }
    if (endpoint.startsWith("http:") && says(status, "Network closed")) {
      return "closes the connection: if it wants TLS, give its address as https:// with"
          + " --etcd-cafile, else look at its logs";
    }
    return switch (status.getCode()) {
      case DEADLINE_EXCEEDED ->
          "is too slow (%s): look at its disk, its network and its logs".formatted(found);
      case UNAUTHENTICATED, PERMISSION_DENIED ->
          "refuses our identity (%s): give a certificate of a user who may read and write, with --etcd-certfile"
              .formatted(found);
      default ->
          says(status, "request timed out")
              ? "is too slow (%s): look at its disk, its network and its logs".formatted(found)
              : "is not available (%s)".formatted(found);
    };
  }

  private static String root(@Nullable Throwable thrown) {
    Throwable at = Objects.requireNonNull(thrown);
    while (at.getCause() != null) {
      at = at.getCause();
    }
    return String.valueOf(at.getMessage());
  }
}
