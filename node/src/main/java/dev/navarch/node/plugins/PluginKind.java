package dev.navarch.node.plugins;

import dev.navarch.node.plugins.v1.PluginInfo;
import java.nio.file.Path;

/// What the agent does with plugins of one type (`CSIPlugin`).
public interface PluginKind {

  /// Takes a plugin in, or throws {@link PluginException} or {@link IllegalArgumentException} with
  /// the reason, which the plugin is told.
  ///
  /// @param endpoint the socket of the plugin's own service
  void register(PluginInfo info, Path endpoint);

  /// The plugin's socket is gone.
  ///
  /// @param endpoint as it was registered with
  void gone(String name, Path endpoint);
}
