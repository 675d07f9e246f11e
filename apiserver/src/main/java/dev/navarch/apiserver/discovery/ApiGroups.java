package dev.navarch.apiserver.discovery;

import dev.navarch.api.Kind;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The kinds by group and version, in the order in which clients prefer them: groups as Kubernetes
/// lists its own, then others by name; versions from stable to alpha, newest first. Other servers
/// may add groups, and versions to a group.
record ApiGroups(List<Kind> kinds, List<RemoteVersion> remotes) {
  private static final List<String> ORDER =
      List.of(
          "",
          "apiregistration.k8s.io",
          "apps",
          "events.k8s.io",
          "authentication.k8s.io",
          "authorization.k8s.io",
          "autoscaling",
          "batch",
          "certificates.k8s.io",
          "networking.k8s.io",
          "policy",
          "rbac.authorization.k8s.io",
          "storage.k8s.io",
          "admissionregistration.k8s.io",
          "apiextensions.k8s.io",
          "scheduling.k8s.io",
          "coordination.k8s.io",
          "node.k8s.io",
          "discovery.k8s.io",
          "flowcontrol.apiserver.k8s.io",
          "resource.k8s.io");
  private static final Comparator<String> BY_PLACE =
      Comparator.comparingInt(ApiGroups::place).thenComparing(Comparator.naturalOrder());
  private static final Pattern VERSION =
      Pattern.compile("v([0-9]{1,9})(?:(alpha|beta)([0-9]{1,9}))?");

  ApiGroups {
    kinds = List.copyOf(kinds);
    remotes = List.copyOf(remotes);
  }

  /// A version of a group.
  record GroupVersion(String group, String version) {

    /// `v1` or `apps/v1`.
    @Override
    public String toString() {
      return group.isEmpty() ? version : group + "/" + version;
    }

    /// `/api/v1` or `/apis/apps/v1`.
    String path() {
      return (group.isEmpty() ? "/api/" : "/apis/") + this;
    }
  }

  /// Every group but the core one.
  List<String> named() {
    return Stream.concat(
            kinds.stream().map(Kind::group), remotes.stream().map(RemoteVersion::group))
        .filter(group -> !group.isEmpty())
        .distinct()
        .sorted(BY_PLACE)
        .toList();
  }

  /// The versions of a group, the preferred one first; none for a group that is not served.
  List<GroupVersion> versions(String group) {
    return Stream.concat(
            kinds.stream().filter(kind -> kind.group().equals(group)).map(Kind::version),
            remotes.stream()
                .filter(remote -> remote.group().equals(group))
                .map(RemoteVersion::version))
        .distinct()
        .sorted(ApiGroups::compareVersions)
        .map(version -> new GroupVersion(group, version))
        .toList();
  }

  /// Every version of every group that is served here.
  List<GroupVersion> all() {
    return kinds.stream()
        .map(Kind::group)
        .distinct()
        .sorted(BY_PLACE)
        .flatMap(group -> versions(group).stream())
        .filter(version -> remote(version).isEmpty())
        .toList();
  }

  /// The version, if another server serves it.
  Optional<RemoteVersion> remote(GroupVersion version) {
    return remotes.stream()
        .filter(remote -> remote.group().equals(version.group))
        .filter(remote -> remote.version().equals(version.version))
        .findFirst();
  }

  /// The kinds of a version, by the names of their resources.
  List<Kind> in(GroupVersion version) {
    return kinds.stream()
        .filter(
            kind -> kind.group().equals(version.group) && kind.version().equals(version.version))
        .sorted(Comparator.comparing(Kind::plural))
        .toList();
  }

  private static int place(String group) {
    int place = ORDER.indexOf(group);
    return place < 0 ? ORDER.size() : place;
  }

  static int compareVersions(String left, String right) {
    Matcher a = VERSION.matcher(left);
    Matcher b = VERSION.matcher(right);
    if (!a.matches() || !b.matches()) {
      return a.matches() ? -1 : b.matches() ? 1 : left.compareTo(right);
    }
    return Comparator.comparingInt(ApiGroups::stability)
        .thenComparingInt(version -> number(version.group(1)))
        .thenComparingInt(version -> number(version.group(3)))
        .reversed()
        .compare(a, b);
  }

  private static int stability(Matcher version) {
    return version.group(2) == null ? 2 : version.group(2).equals("beta") ? 1 : 0;
  }

  private static int number(@Nullable String digits) {
    return digits == null ? 0 : Integer.parseInt(digits);
  }
}
