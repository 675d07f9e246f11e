package dev.navarch.apiserver;

import dev.navarch.apiserver.admission.AdmissionPlugins;
import java.util.List;
import java.util.Set;

/// Who is let in and what is looked at on the way, in upstream's words.
///
/// @param modes what decides on rights: `Node`, `RBAC`, or `AlwaysAllow` for everybody who is known
/// @param enabled names of admission plugins beyond those that are on by default
/// @param disabled names of those that are left out
public record Access(List<String> modes, Set<String> enabled, Set<String> disabled) {
  private static final Set<String> MODES = Set.of("Node", "RBAC", "AlwaysAllow");

  public static final Access DEFAULT = new Access(List.of("Node", "RBAC"), Set.of(), Set.of());

  /// @throws IllegalArgumentException for a mode or a plugin that is none
  public Access {
    modes = List.copyOf(modes);
    enabled = Set.copyOf(enabled);
    disabled = Set.copyOf(disabled);
    AdmissionPlugins.checkDisabled(disabled);
    for (String mode : modes) {
      if (!MODES.contains(mode)) {
        throw new IllegalArgumentException(
            "--authorization-mode: '%s' is none; expected some of Node, RBAC, AlwaysAllow"
                .formatted(mode));
      }
    }
  }
}
