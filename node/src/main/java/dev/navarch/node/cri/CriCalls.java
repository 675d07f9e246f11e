package dev.navarch.node.cri;

import com.google.protobuf.Message;
import dev.navarch.node.cri.v1.*;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/// How every call to the runtime is made: blocking, with a deadline, a failure as {@link
/// CriException}.
public record CriCalls(ManagedChannel channel) {

  public <A extends Message> A ask(String method, Message request, A answer, Duration patience) {
    try {
      return ClientCalls.blockingUnaryCall(
          channel,
          method(method, MethodType.UNARY, request.getDefaultInstanceForType(), answer),
          CallOptions.DEFAULT.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS),
          request);
    } catch (StatusRuntimeException refused) {
      throw CriException.of(refused.getStatus());
    }
  }

  public static <A extends Message> MethodDescriptor<Message, A> method(
      String name, MethodType type, Message request, A answer) {
    return MethodDescriptor.<Message, A>newBuilder()
        .setType(type)
        .setFullMethodName(name)
        .setRequestMarshaller(ProtoUtils.marshaller(request))
        .setResponseMarshaller(ProtoUtils.marshaller(answer))
        .build();
  }

  /// Empty when the runtime does not know what the call is about.
  static <T> Optional<T> unlessGone(Supplier<T> call) {
    try {
      return Optional.of(call.get());
    } catch (CriException e) {
      if (e.code() == Status.Code.NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
