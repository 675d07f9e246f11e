package dev.navarch.node.devices;

import com.google.protobuf.Message;
import dev.navarch.node.cri.CriCalls;
import dev.navarch.node.cri.CriException;
import dev.navarch.node.cri.UnixChannel;
import dev.navarch.node.devices.v1beta1.AllocateRequest;
import dev.navarch.node.devices.v1beta1.AllocateResponse;
import dev.navarch.node.devices.v1beta1.ContainerAllocateRequest;
import dev.navarch.node.devices.v1beta1.ContainerAllocateResponse;
import dev.navarch.node.devices.v1beta1.ContainerPreferredAllocationRequest;
import dev.navarch.node.devices.v1beta1.Device;
import dev.navarch.node.devices.v1beta1.DevicePluginOptions;
import dev.navarch.node.devices.v1beta1.Empty;
import dev.navarch.node.devices.v1beta1.ListAndWatchResponse;
import dev.navarch.node.devices.v1beta1.PreStartContainerRequest;
import dev.navarch.node.devices.v1beta1.PreStartContainerResponse;
import dev.navarch.node.devices.v1beta1.PreferredAllocationRequest;
import dev.navarch.node.devices.v1beta1.PreferredAllocationResponse;
import io.grpc.CallOptions;
import io.grpc.Context;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One plugin that offers devices of one resource. As long as it lives it tells which there are and
/// which of them are healthy; when it is gone, none is.
final class DevicePlugin implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DevicePlugin.class);
  private static final String SERVICE = "v1beta1.DevicePlugin/";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final String HEALTHY = "Healthy";

  private final String resource;
  private final DevicePluginOptions options;
  private final UnixChannel connection;
  private final Runnable changed;
  private volatile Map<String, Device> devices = Map.of();
  private volatile boolean alive = true;

  /// @param changed is called when there are other devices, or others are healthy
  DevicePlugin(String resource, DevicePluginOptions options, Path socket, Runnable changed) {
    this.resource = resource;
    this.options = options;
    this.connection = UnixChannel.to(socket);
    this.changed = changed;
  }

  /// Its registration, during which it is called back, ends long before its list does: the call is
  /// no part of that.
  void listen() {
    Context.ROOT.run(this::startListening);
  }

  private void startListening() {
    var method =
        CriCalls.method(
            SERVICE + "ListAndWatch",
            MethodType.SERVER_STREAMING,
            Empty.getDefaultInstance(),
            ListAndWatchResponse.getDefaultInstance());
    ClientCalls.asyncServerStreamingCall(
        connection.channel().newCall(method, CallOptions.DEFAULT),
        Empty.getDefaultInstance(),
        new StreamObserver<ListAndWatchResponse>() {
          @Override
          public void onNext(ListAndWatchResponse response) {
            Map<String, Device> told = new HashMap<>();
            response.getDevicesList().forEach(device -> told.put(device.getID(), device));
            devices = Map.copyOf(told);
            changed.run();
          }

          @Override
          public void onError(Throwable e) {
            end(String.valueOf(e.getMessage()));
          }

          @Override
          public void onCompleted() {
            end("it ended its list");
          }
        });
  }

  private void end(String why) {
    if (alive) {
      alive = false;
      LOG.atWarn()
          .addKeyValue("resource", resource)
          .addKeyValue("reason", why)
          .log("device plugin is gone");
      changed.run();
    }
  }

  boolean isAlive() {
    return alive;
  }

  /// All that it has told of, by id.
  Map<String, Device> devices() {
    return devices;
  }

  boolean isHealthy(String id) {
    Device device = devices.get(id);
    return alive && device != null && device.getHealth().equals(HEALTHY);
  }

  /// The plugin's own choice among free devices; all that are free where it has none.
  List<String> preferred(Collection<String> free, Collection<String> must, int count) {
    if (!options.getGetPreferredAllocationAvailable()) {
      return List.of();
    }
    var request =
        ContainerPreferredAllocationRequest.newBuilder()
            .addAllAvailableDeviceIDs(free)
            .addAllMustIncludeDeviceIDs(must)
            .setAllocationSize(count);
    try {
      var response =
          ask(
              "GetPreferredAllocation",
              PreferredAllocationRequest.newBuilder().addContainerRequests(request).build(),
              PreferredAllocationResponse.getDefaultInstance());
      return response.getContainerResponsesCount() == 0
          ? List.of()
          : List.copyOf(response.getContainerResponses(0).getDeviceIDsList());
    } catch (CriException e) {
      LOG.atWarn()
          .addKeyValue("resource", resource)
          .addKeyValue("reason", e.getMessage())
          .log("device plugin prefers nothing");
      return List.of();
    }
  }

  /// What a container needs to have these devices.
  ContainerAllocateResponse allocate(Collection<String> ids) {
    var request = ContainerAllocateRequest.newBuilder().addAllDevicesIds(ids);
    var response =
        ask(
            "Allocate",
            AllocateRequest.newBuilder().addContainerRequests(request).build(),
            AllocateResponse.getDefaultInstance());
    if (response.getContainerResponsesCount() == 0) {
      throw new IllegalStateException("no containers return in allocation response");
    }
    return response.getContainerResponses(0);
  }

  /// Tells the plugin, if it wants to know, that a container with these devices is about to start.
  void beforeStart(Collection<String> ids) {
    if (options.getPreStartRequired()) {
      ask(
          "PreStartContainer",
          PreStartContainerRequest.newBuilder().addAllDevicesIds(ids).build(),
          PreStartContainerResponse.getDefaultInstance());
    }
  }

  private <A extends Message> A ask(String method, Message request, A answer) {
    return new CriCalls(connection.channel()).ask(SERVICE + method, request, answer, PATIENCE);
  }

  @Override
  public void close() {
    alive = false;
    connection.close();
  }
}
