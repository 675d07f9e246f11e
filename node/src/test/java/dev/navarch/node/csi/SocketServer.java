package dev.navarch.node.csi;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A gRPC server on a Unix socket: what a plugin serves.
final class SocketServer implements AutoCloseable {
  private final Path socket;
  private final List<ServerServiceDefinition.Builder> services = new ArrayList<>();
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private @Nullable Server server;

  SocketServer(Path socket) {
    this.socket = socket;
  }

  Path socket() {
    return socket;
  }

  <Q extends Message, A extends Message> SocketServer method(
      String service, String name, Q request, A answer, Function<Q, A> work) {
    var method =
        MethodDescriptor.<Q, A>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName(service + "/" + name)
            .setRequestMarshaller(ProtoUtils.marshaller(request))
            .setResponseMarshaller(ProtoUtils.marshaller(answer))
            .build();
    services.add(
        ServerServiceDefinition.builder(service)
            .addMethod(
                method,
                ServerCalls.asyncUnaryCall(
                    (Q asked, StreamObserver<A> out) -> {
                      try {
                        out.onNext(work.apply(asked));
                        out.onCompleted();
                      } catch (RuntimeException e) {
                        out.onError(
                            Status.INTERNAL.withDescription(e.getMessage()).asRuntimeException());
                      }
                    })));
    return this;
  }

  SocketServer start() {
    try {
      Files.createDirectories(socket.getParent());
      Files.deleteIfExists(socket);
      var builder =
          NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
              .channelType(NioServerDomainSocketChannel.class)
              .bossEventLoopGroup(loop)
              .workerEventLoopGroup(loop);
      merged().forEach(builder::addService);
      server = builder.build().start();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// One definition for each service, with all its methods.
  private List<ServerServiceDefinition> merged() {
    var byName = new LinkedHashMap<String, ServerServiceDefinition.Builder>();
    for (var one : services) {
      var built = one.build();
      var builder =
          byName.computeIfAbsent(
              built.getServiceDescriptor().getName(), ServerServiceDefinition::builder);
      built.getMethods().forEach(builder::addMethod);
    }
    return byName.values().stream().map(ServerServiceDefinition.Builder::build).toList();
  }

  @Override
  public void close() {
    if (server != null) {
      server.shutdownNow();
    }
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    try {
      Files.deleteIfExists(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
