package dev.navarch.store.etcd;

import dev.navarch.store.Patience;
import dev.navarch.store.Store.LateException;
import dev.navarch.store.Store.UnavailableException;
import io.etcd.jetcd.api.ResponseHeader;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.AbstractBlockingStub;
import io.grpc.stub.MetadataUtils;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The members of an etcd. A request goes to the one that answered last; when it does not answer,
/// the next one is asked. Reads are asked again until patience is at its end, writes only when they
/// cannot have been taken. A caller of little patience says nothing bad of a member.
final class EtcdConnection implements AutoCloseable {
  private static final Duration READ = Duration.ofSeconds(4);
  private static final Duration WRITE = Duration.ofSeconds(8);
  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final long PAUSE = 50_000_000L;
  private static final int MOST_BYTES = 256 << 20;

  private final List<Member> members;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicLong highest = new AtomicLong();
  private final AtomicLong cluster = new AtomicLong();
  private volatile int current;
  private volatile @Nullable String lost;

  /// @param channel asks every request for a member that has a leader
  record Member(String endpoint, ManagedChannel transport, Channel channel) {}

  EtcdConnection(EtcdConfig config) {
    List<Member> found = new ArrayList<>();
    for (URI endpoint : config.endpoints()) {
      found.add(member(config, endpoint));
    }
    this.members = List.copyOf(found);
  }

  private Member member(EtcdConfig config, URI endpoint) {
    int port = endpoint.getPort() < 0 ? 2379 : endpoint.getPort();
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(endpoint.getHost(), port)
            .executor(threads)
            .maxInboundMessageSize(MOST_BYTES)
            .keepAliveTime(10, TimeUnit.SECONDS)
            .keepAliveTimeout(5, TimeUnit.SECONDS);
    if (endpoint.getScheme().equals("https")) {
      builder.sslContext(tls(config));
    } else {
      builder.usePlaintext();
    }
    ManagedChannel transport = builder.build();
    var headers = new Metadata();
    headers.put(Metadata.Key.of("hasleader", Metadata.ASCII_STRING_MARSHALLER), "true");
    Channel channel =
        ClientInterceptors.intercept(transport, MetadataUtils.newAttachHeadersInterceptor(headers));
    return new Member(endpoint.toString(), transport, channel);
  }

  private static SslContext tls(EtcdConfig config) {
    try {
      SslContextBuilder builder = GrpcSslContexts.forClient();
      config.ca().ifPresent(ca -> builder.trustManager(ca.toFile()));
      config
          .certificate()
          .ifPresent(
              file -> builder.keyManager(file.toFile(), config.key().orElseThrow().toFile()));
      return builder.build();
    } catch (IOException | IllegalArgumentException e) {
      throw new IllegalStateException(
          "the files of --etcd-cafile, --etcd-certfile and --etcd-keyfile cannot be used: "
              + e.getMessage(),
          e);
    }
  }

  Member member() {
    return members.get(current);
  }

  /// Leaves a member that did not answer, unless somebody else has already.
  void leave(Member left) {
    if (members.get(current).equals(left)) {
      current = (current + 1) % members.size();
    }
  }

  List<Member> members() {
    return members;
  }

  /// Makes a request that may be made twice.
  <S extends AbstractBlockingStub<S>, T> T read(Function<Channel, S> stub, Function<S, T> call) {
    return ask(stub, call, READ, EtcdFailures::isPassing);
  }

  /// Makes a request that must not be made twice.
  <S extends AbstractBlockingStub<S>, T> T write(Function<Channel, S> stub, Function<S, T> call) {
    return ask(stub, call, WRITE, EtcdFailures::isUntouched);
  }

  /// @param again whether a failure may be followed by another try
  private <S extends AbstractBlockingStub<S>, T> T ask(
      Function<Channel, S> stub,
      Function<S, T> call,
      Duration deadline,
      Function<Status, Boolean> again) {
    long end = System.nanoTime() + Patience.left(PATIENCE).toNanos();
    while (true) {
      checkNotLost();
      Member member = member();
      try {
        S bounded =
            stub.apply(member.channel())
                .withDeadlineAfter(Patience.left(deadline).toNanos(), TimeUnit.NANOSECONDS);
        return call.apply(bounded);
      } catch (StatusRuntimeException e) {
        Status status = e.getStatus();
        if (EtcdFailures.isAnswer(status)) {
          throw e;
        }
        if (!EtcdFailures.isPassing(status)) {
          throw EtcdFailures.explain(status, member.endpoint());
        }
        if (Patience.isOver()) {
          throw new LateException(!again.apply(status));
        }
        leave(member);
        if (!again.apply(status)) {
          throw new UnavailableException(
              EtcdFailures.explain(status, member.endpoint()).getMessage()
                  + "; whether this was written is not known",
              e);
        }
        if (System.nanoTime() > end) {
          throw EtcdFailures.explain(status, member.endpoint());
        }
        LockSupport.parkNanos(PAUSE);
      }
    }
  }

  /// The highest revision that any answer has shown.
  long highest() {
    return highest.get();
  }

  /// Takes note of an answer's header.
  ///
  /// @param before the highest revision when the request was made: no answer may be older
  void observe(ResponseHeader header, long before) {
    long id = header.getClusterId();
    if (!cluster.compareAndSet(0, id) && cluster.get() != id) {
      lose(
          "another etcd cluster answers (id %x, expected %x): correct --etcd-servers, or start this server again if etcd was replaced by a restored one"
              .formatted(id, cluster.get()));
    }
    if (header.getRevision() < before) {
      lose(
          "etcd went back from revision %d to %d: it was restored from an older backup. Restore it with revisions raised (etcdutl snapshot restore --bump-revision), or restore a snapshot with 'navarch snapshot restore', and start every API server again"
              .formatted(before, header.getRevision()));
    }
    highest.accumulateAndGet(header.getRevision(), Math::max);
  }

  private void lose(String why) {
    lost = why;
    throw new UnavailableException(why, null);
  }

  void checkNotLost() {
    String why = lost;
    if (why != null) {
      throw new UnavailableException(why, null);
    }
  }

  @Override
  public void close() {
    lost = "the store is closed";
    members.forEach(member -> member.transport().shutdownNow());
    threads.shutdownNow();
  }
}
