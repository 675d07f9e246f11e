package dev.navarch.node.cri;

import com.google.protobuf.Message;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;

/// Listens to the first source that the runtime has, and again whenever it breaks off. When there
/// is none, nothing is lost but speed.
final class EventStream implements ContainerRuntime.Activity {
  private static final Duration PAUSE = Duration.ofMillis(200);

  private final ManagedChannel channel;
  private final Thread listener;
  private volatile boolean heard;

  /// A server-streaming call, and what is done with each of its messages.
  record Source<A extends Message>(
      String method, Message request, Message requests, A answers, Consumer<A> use) {}

  private EventStream(ManagedChannel channel, List<? extends Source<?>> sources) {
    this.channel = channel;
    this.listener = Thread.ofVirtual().name("runtime events").unstarted(() -> run(sources));
  }

  static EventStream of(ManagedChannel channel, List<? extends Source<?>> sources) {
    var stream = new EventStream(channel, sources);
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

  private void run(List<? extends Source<?>> sources) {
    try {
      for (Source<?> source : sources) {
        while (listenOnce(source)) {
          Thread.sleep(PAUSE);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /// Returns whether it is worth calling again.
  private <A extends Message> boolean listenOnce(Source<A> source) throws InterruptedException {
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
      return ended.get().getCode() != Status.Code.UNIMPLEMENTED;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    } finally {
      heard = false;
      call.cancel("no longer needed", null);
    }
  }
}
