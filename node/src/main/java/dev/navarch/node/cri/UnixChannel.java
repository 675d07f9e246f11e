package dev.navarch.node.cri;

import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// A gRPC channel over a Unix socket through the JDK's own sockets: no native library, one thread.
public record UnixChannel(ManagedChannel channel, EventLoopGroup loop, ExecutorService callbacks)
    implements AutoCloseable {
  private static final int MAX_MESSAGE = 16 << 20;

  public static UnixChannel to(Path socket) {
    EventLoopGroup loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("cri", true), NioIoHandler.newFactory());
    ExecutorService callbacks = Executors.newVirtualThreadPerTaskExecutor();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(UnixDomainSocketAddress.of(socket))
            .eventLoopGroup(loop)
            .channelType(NioDomainSocketChannel.class)
            .executor(callbacks)
            .offloadExecutor(callbacks)
            .overrideAuthority("localhost")
            .maxInboundMessageSize(MAX_MESSAGE)
            .usePlaintext()
            .build();
    return new UnixChannel(channel, loop, callbacks);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    callbacks.shutdown();
  }
}
