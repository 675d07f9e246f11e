package dev.navarch.node.probes;

import dev.navarch.node.probes.health.HealthCheckRequest;
import dev.navarch.node.probes.health.HealthCheckResponse;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Asks a gRPC server's standard health service.
final class GrpcCheck {
  private static final MethodDescriptor<HealthCheckRequest, HealthCheckResponse> CHECK =
      MethodDescriptor.<HealthCheckRequest, HealthCheckResponse>newBuilder()
          .setType(MethodDescriptor.MethodType.UNARY)
          .setFullMethodName("grpc.health.v1.Health/Check")
          .setRequestMarshaller(ProtoUtils.marshaller(HealthCheckRequest.getDefaultInstance()))
          .setResponseMarshaller(ProtoUtils.marshaller(HealthCheckResponse.getDefaultInstance()))
          .build();

  private GrpcCheck() {}

  static Outcome ask(String host, int port, String service, Duration timeout) {
    ManagedChannel channel = NettyChannelBuilder.forAddress(host, port).usePlaintext().build();
    try {
      HealthCheckResponse answer =
          ClientCalls.blockingUnaryCall(
              channel,
              CHECK,
              CallOptions.DEFAULT.withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS),
              HealthCheckRequest.newBuilder().setService(service).build());
      return answer.getStatus() == HealthCheckResponse.ServingStatus.SERVING
          ? Outcome.SUCCESS
          : new Outcome.Failure(
              "service unhealthy (responded with \"%s\")".formatted(answer.getStatus()));
    } catch (StatusRuntimeException e) {
      return new Outcome.Failure(
          switch (e.getStatus().getCode()) {
            case UNIMPLEMENTED ->
                "error: this server does not implement the grpc health protocol (grpc.health.v1.Health): "
                    + e.getStatus().getDescription();
            case DEADLINE_EXCEEDED ->
                "timeout: health rpc did not complete within " + text(timeout);
            default ->
                "timeout: failed to connect service \"%s:%d\" within %s: %s"
                    .formatted(host, port, text(timeout), describe(host, port, e.getStatus()));
          });
    } finally {
      channel.shutdownNow();
    }
  }

  private static String describe(String host, int port, Status status) {
    return status.getCause() instanceof IOException cause
        ? "connection error: desc = \"transport: Error while dialing: %s\""
            .formatted(Dial.reason(host + ":" + port, cause))
        : String.valueOf(status.getDescription());
  }

  private static String text(Duration timeout) {
    return timeout.toSeconds() + "s";
  }
}
