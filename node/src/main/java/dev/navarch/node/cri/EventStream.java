package dev.navarch.node.cri;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Listens to the first source that the runtime has, and again whenever it breaks off. When there
/// is none, nothing is lost but speed.
final class EventStream implements ContainerRuntime.Activity {
  private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);
  private static final Duration PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

  /// A runtime that refuses does so at once. One that goes on has nothing to tell.
  private static final Duration SETTLED = Duration.ofSeconds(1);

  private final ManagedChannel channel;
  private final Runnable missed;
  private final Thread listener;
  private volatile boolean heard;
  private String said = "";

  /// A server-streaming call, and what is done with each of its messages.
  record Source<A extends Message>(
      String method, Message request, Message requests, A answers, Consumer<A> use) {}

  private EventStream(ManagedChannel channel, List<? extends Source<?>> sources, Runnable missed) {
    this.channel = channel;
    this.missed = missed;
    this.listener = Thread.ofVirtual().name("runtime events").unstarted(() -> run(sources));
  }

  /// @param sources the best first
  /// @param missed is called when a source has broken off: something may have happened since
  static EventStream of(
      ManagedChannel channel, List<? extends Source<?>> sources, Runnable missed) {
    var stream = new EventStream(channel, sources, missed);
    stream.listener.start();
    return stream;
  }

  @Override
  public boolean isHeard() {
    return heard;
  }

  @Override
  public void close() {
    listener.interrupt();
  }

  /// A runtime that has none today may be replaced by one that has.
  private void run(List<? extends Source<?>> sources) {
    try {
      while (true) {
        for (Source<?> source : sources) {
          listen(source);
        }
        Thread.sleep(LONGEST_PAUSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Returns when the runtime does not have this source.
  private void listen(Source<?> source) throws InterruptedException {
    Duration pause = PAUSE;
    while (true) {
      Status end = listenOnce(source);
      boolean wasHeard = heard;
      heard = false;
      if (end.getCode() == Status.Code.UNIMPLEMENTED) {
        return;
      }
      if (wasHeard) {
        missed.run();
        pause = PAUSE;
      } else {
        tell(source, end);
      }
      Thread.sleep(pause);
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
              ? pause.multipliedBy(2)
              : LONGEST_PAUSE;
    }
  }

  private void tell(Source<?> source, Status refusal) {
    String reason = refusal.getCode() + ": " + refusal.getDescription();
    if (!said.equals(reason)) {
      said = reason;
      LOG.atWarn()
          .addKeyValue("call", source.method())
          .addKeyValue("reason", reason)
          .log("the runtime tells no events, trying again");
    }
  }

  private <A extends Message> Status listenOnce(Source<A> source) throws InterruptedException {
    var method =
        CriCalls.method(
            source.method(), MethodType.SERVER_STREAMING, source.requests(), source.answers());
    ClientCall<Message, A> call = channel.newCall(method, CallOptions.DEFAULT.withWaitForReady());
    var ended = new CompletableFuture<Status>();
    ClientCalls.asyncServerStreamingCall(
        call,
        source.request(),
        new StreamObserver<A>() {
          @Override
          public void onNext(A event) {
            heard = true;
            source.use().accept(event);
          }

          @Override
          public void onError(Throwable why) {
            ended.complete(Status.fromThrowable(why));
          }

          @Override
          public void onCompleted() {
            ended.complete(Status.OK);
          }
        });
    try {
      while (!heard) {
        try {
          return ended.get(SETTLED.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException open) {
          heard |= channel.getState(false) == ConnectivityState.READY;
        }
      }
      return ended.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      call.cancel("no longer needed", null);
    }
  }
}
