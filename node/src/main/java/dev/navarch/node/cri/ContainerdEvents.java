package dev.navarch.node.cri;

import dev.navarch.node.cri.events.Envelope;
import dev.navarch.node.cri.events.SubscribeRequest;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.atomic.AtomicBoolean;

/// containerd's own event stream, on the socket that also serves CRI: an exit is heard in
/// milliseconds, where looking around once a second would see it half a second late. Other runtimes
/// refuse the call, and nothing is lost but that.
final class ContainerdEvents {
  private static final String SUBSCRIBE = "containerd.services.events.v1.Events/Subscribe";
  private static final SubscribeRequest TASKS =
      SubscribeRequest.newBuilder()
          .addFilters("namespace==k8s.io,topic~=/tasks/(exit|oom|start)")
          .build();

  private ContainerdEvents() {}

  static AutoCloseable listen(ManagedChannel channel, Runnable hint) {
    var closed = new AtomicBoolean();
    var method =
        CriCalls.method(
            SUBSCRIBE,
            MethodType.SERVER_STREAMING,
            SubscribeRequest.getDefaultInstance(),
            Envelope.getDefaultInstance());
    Thread listener =
        Thread.ofVirtual()
            .name("runtime-events")
            .start(
                () -> {
                  while (!closed.get()) {
                    ClientCall<com.google.protobuf.Message, Envelope> call =
                        channel.newCall(method, CallOptions.DEFAULT.withWaitForReady());
                    if (!listenOnce(call, hint)) {
                      return;
                    }
                  }
                });
    return () -> {
      closed.set(true);
      listener.interrupt();
    };
  }

  /// Returns whether it is worth calling again.
  private static boolean listenOnce(
      ClientCall<com.google.protobuf.Message, Envelope> call, Runnable hint) {
    var ended = new java.util.concurrent.CompletableFuture<Status>();
    ClientCalls.asyncServerStreamingCall(
        call,
        TASKS,
        new StreamObserver<Envelope>() {
          @Override
          public void onNext(Envelope event) {
            hint.run();
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
      Status status = ended.get();
      Thread.sleep(200);
      return status.getCode() != Status.Code.UNIMPLEMENTED;
    } catch (InterruptedException | java.util.concurrent.ExecutionException stop) {
      call.cancel("no longer needed", null);
      return false;
    }
  }
}
