package dev.navarch.node.plugins;

import com.google.protobuf.Message;
import dev.navarch.node.cri.CriCalls;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.UnixChannel;
import java.nio.file.Path;
import java.time.Duration;

/// A connection to one plugin's socket. Calls block, and fail with {@link PluginException}.
public final class PluginSocket implements AutoCloseable {
  private final UnixChannel connection;

  private PluginSocket(UnixChannel connection) {
    this.connection = connection;
  }

  /// Connects at the first call.
  public static PluginSocket at(Path socket) {
    return new PluginSocket(UnixChannel.to(socket));
  }

  /// @param method with its service: `csi.v1.Node/NodeGetInfo`
  /// @param answer any message of the answer's type
  public <A extends Message> A call(String method, Message request, A answer, Duration patience) {
    try {
      return new CriCalls(connection.channel()).ask(method, request, answer, patience);
    } catch (CriException refused) {
      throw new PluginException(refused.code(), String.valueOf(refused.getMessage()));
    }
  }

  @Override
  public void close() {
    connection.close();
  }
}
