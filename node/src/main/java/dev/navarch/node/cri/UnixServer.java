package dev.navarch.node.cri;

import com.google.protobuf.Message;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
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
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A gRPC service on a Unix socket, for plugins to call. What a method throws as an
/// `IllegalArgumentException` is told to the caller as its mistake.
public final class UnixServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UnixServer.class);
  private static final int GRACE_SECONDS = 2;

  private final Path socket;
  private final EventLoopGroup loops;
  private final ExecutorService workers;
  private final Server server;

  private UnixServer(Path socket, ServerServiceDefinition service) throws IOException {
    this.socket = socket;
    Files.createDirectories(socket.getParent());
    Files.deleteIfExists(socket);
    this.loops =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("plugins", true), NioIoHandler.newFactory());
    this.workers = Executors.newVirtualThreadPerTaskExecutor();
    this.server =
        NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .channelType(NioServerDomainSocketChannel.class)
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .executor(workers)
            .addService(service)
            .build()
            .start();
  }

  /// What is served.
  public static final class Service {
    private final String name;
    private final ServerServiceDefinition.Builder definition;

    /// @param name with its package: `v1beta1.Registration`
    public Service(String name) {
      this.name = name;
      this.definition = ServerServiceDefinition.builder(name);
    }

    /// @param question any message of the question's type
    /// @param answer any message of the answer's type
    public <Q extends Message, A extends Message> Service answers(
        String method, Q question, A answer, Function<Q, A> work) {
      definition.addMethod(
          descriptor(method, MethodType.UNARY, question, answer),
          ServerCalls.asyncUnaryCall(
              (Q asked, StreamObserver<A> out) -> {
                try {
                  out.onNext(work.apply(asked));
                  out.onCompleted();
                } catch (IllegalArgumentException e) {
                  out.onError(failure(Status.INVALID_ARGUMENT, e));
                } catch (RuntimeException e) {
                  out.onError(failure(Status.INTERNAL, e));
                }
              }));
      return this;
    }

    /// A method that goes on telling.
    public <Q extends Message, A extends Message> Service streams(
        String method, Q question, A answer, BiConsumer<Q, StreamObserver<A>> work) {
      definition.addMethod(
          descriptor(method, MethodType.SERVER_STREAMING, question, answer),
          ServerCalls.asyncServerStreamingCall(work::accept));
      return this;
    }

    public UnixServer start(Path socket) throws IOException {
      return new UnixServer(socket, definition.build());
    }

    private <Q extends Message, A extends Message> MethodDescriptor<Q, A> descriptor(
        String method, MethodType type, Q question, A answer) {
      return MethodDescriptor.<Q, A>newBuilder()
          .setType(type)
          .setFullMethodName(name + "/" + method)
          .setRequestMarshaller(ProtoUtils.marshaller(question))
          .setResponseMarshaller(ProtoUtils.marshaller(answer))
          .build();
    }

    private static io.grpc.StatusRuntimeException failure(Status status, RuntimeException e) {
      return status.withDescription(e.getMessage()).asRuntimeException();
    }
  }

  @Override
  public void close() {
    try {
      server.shutdownNow();
      if (!server.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        LOG.atDebug().addKeyValue("socket", socket).log("callers do not let go");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    workers.shutdown();
    socket.toFile().delete();
  }
}
