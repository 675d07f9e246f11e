package dev.navarch.node.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.navarch.node.cri.ContainerRuntime.Activity;
import dev.navarch.node.cri.events.Envelope;
import dev.navarch.node.cri.events.Event;
import dev.navarch.node.cri.events.SubscribeRequest;
import dev.navarch.node.cri.events.TaskEvent;
import dev.navarch.node.cri.v1.ContainerEventResponse;
import dev.navarch.node.cri.v1.ContainerEventType;
import dev.navarch.node.cri.v1.GetEventsRequest;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Which events reach the agent from runtimes of different kinds.
class EventStreamTest {
  private final List<String> heard = new CopyOnWriteArrayList<>();
  private final List<StreamObserver<ContainerEventResponse>> crio = new CopyOnWriteArrayList<>();
  private final List<StreamObserver<Envelope>> containerd = new CopyOnWriteArrayList<>();
  private final List<String> filters = new CopyOnWriteArrayList<>();

  @Test
  void runtimeWithTheInterfacesOwnEventsIsHeard(@TempDir Path dir) throws IOException {
    Path socket = dir.resolve("crio.sock");
    Server server = serve(socket, interfaceEvents());
    try (Cri cri = Cri.at(socket);
        var activity = cri.onActivity(heard::add)) {
      await().until(() -> !crio.isEmpty());
      assertThat(activity.isHeard()).isFalse();
      crio.getFirst()
          .onNext(
              ContainerEventResponse.newBuilder()
                  .setContainerId("c1")
                  .setContainerEventType(ContainerEventType.CONTAINER_STOPPED_EVENT)
                  .build());
      await().untilAsserted(() -> assertThat(heard).containsExactly("c1"));
      assertThat(activity.isHeard()).isTrue();
      crio.getFirst().onCompleted();
      await().until(() -> crio.size() == 2);
      assertThat(activity.isHeard()).isFalse();
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void containerdsEndsOfCommandsAreNoNewsOfTheirContainer(@TempDir Path dir) throws IOException {
    Path socket = dir.resolve("containerd.sock");
    Server server = serve(socket, containerdEvents());
    try (Cri cri = Cri.at(socket);
        var activity = cri.onActivity(heard::add)) {
      await().until(() -> !containerd.isEmpty());
      var to = containerd.getFirst();
      assertThat(filters.getFirst()).contains("namespace==k8s.io");
      to.onNext(task("/tasks/exit", "c1", "probe-7"));
      to.onNext(task("/tasks/oom", "c1", ""));
      to.onNext(task("/tasks/exit", "c2", "c2"));
      await().untilAsserted(() -> assertThat(heard).containsExactly("c1", "c2"));
      assertThat(activity.isHeard()).isTrue();
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void silentRuntimeCountsAsHeardAndTellsWhenItWasCut(@TempDir Path dir) throws IOException {
    Path socket = dir.resolve("containerd.sock");
    Server server = serve(socket, containerdEvents());
    try (Cri cri = Cri.at(socket);
        var activity = cri.onActivity(heard::add)) {
      await().until(activity::isHeard);
      assertThat(heard).isEmpty();
      containerd.getFirst().onError(Status.UNAVAILABLE.asRuntimeException());
      await().untilAsserted(() -> assertThat(heard).containsExactly(Activity.ANYTHING));
      await().until(() -> containerd.size() == 2);
      containerd.get(1).onNext(task("/tasks/exit", "c1", "c1"));
      await().untilAsserted(() -> assertThat(heard).containsExactly(Activity.ANYTHING, "c1"));
      assertThat(activity.isHeard()).isTrue();
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void runtimeThatIsReplacedIsHeardAgain(@TempDir Path dir) throws Exception {
    Path socket = dir.resolve("containerd.sock");
    Server first = serve(socket, containerdEvents());
    try (Cri cri = Cri.at(socket);
        var activity = cri.onActivity(heard::add)) {
      await().until(activity::isHeard);
      first.shutdownNow().awaitTermination();
      await().untilAsserted(() -> assertThat(heard).containsExactly(Activity.ANYTHING));
      assertThat(activity.isHeard()).isFalse();
      Files.deleteIfExists(socket);
      Server second = serve(socket, containerdEvents());
      try {
        await().until(() -> containerd.size() == 2);
        containerd.get(1).onNext(task("/tasks/exit", "c2", "c2"));
        await().untilAsserted(() -> assertThat(heard).contains("c2"));
      } finally {
        second.shutdownNow();
      }
    } finally {
      first.shutdownNow();
    }
  }

  @Test
  void runtimeThatRefusesOrHasNoEventsIsNotHeard(@TempDir Path dir) throws IOException {
    Path refusing = dir.resolve("refusing.sock");
    var asked = new AtomicInteger();
    Server refuses =
        serve(
            refusing,
            containerdEvents(
                to -> {
                  asked.incrementAndGet();
                  to.onError(Status.UNKNOWN.asRuntimeException());
                }));
    try (Cri cri = Cri.at(refusing);
        var activity = cri.onActivity(heard::add)) {
      await().until(() -> asked.get() > 2);
      assertThat(activity.isHeard()).isFalse();
      assertThat(heard).isEmpty();
    } finally {
      refuses.shutdownNow();
    }
  }

  private static Envelope task(String topic, String container, String process) {
    var event = TaskEvent.newBuilder().setContainerId(container).setId(process).build();
    return Envelope.newBuilder()
        .setTopic(topic)
        .setEvent(Event.newBuilder().setValue(event.toByteString()))
        .build();
  }

  private ServerServiceDefinition interfaceEvents() {
    var method =
        CriCalls.method(
            "runtime.v1.RuntimeService/GetContainerEvents",
            MethodType.SERVER_STREAMING,
            GetEventsRequest.getDefaultInstance(),
            ContainerEventResponse.getDefaultInstance());
    return ServerServiceDefinition.builder("runtime.v1.RuntimeService")
        .addMethod(method, ServerCalls.asyncServerStreamingCall((request, to) -> crio.add(to)))
        .build();
  }

  private ServerServiceDefinition containerdEvents() {
    return containerdEvents(containerd::add);
  }

  private ServerServiceDefinition containerdEvents(Consumer<StreamObserver<Envelope>> asked) {
    var method =
        CriCalls.method(
            "containerd.services.events.v1.Events/Subscribe",
            MethodType.SERVER_STREAMING,
            SubscribeRequest.getDefaultInstance(),
            Envelope.getDefaultInstance());
    return ServerServiceDefinition.builder("containerd.services.events.v1.Events")
        .addMethod(
            method,
            ServerCalls.asyncServerStreamingCall(
                (request, to) -> {
                  filters.addAll(((SubscribeRequest) request).getFiltersList());
                  asked.accept(to);
                }))
        .build();
  }

  private static Server serve(Path socket, ServerServiceDefinition service) throws IOException {
    var loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    return NettyServerBuilder.forAddress(UnixDomainSocketAddress.of(socket))
        .channelType(NioServerDomainSocketChannel.class)
        .bossEventLoopGroup(loop)
        .workerEventLoopGroup(loop)
        .addService(service)
        .build()
        .start();
  }
}
