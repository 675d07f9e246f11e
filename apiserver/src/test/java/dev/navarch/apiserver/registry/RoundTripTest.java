package dev.navarch.apiserver.registry;

import static dev.navarch.apiserver.registry.TestRegistry.KINDS;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.navarch.api.Decoder;
import dev.navarch.api.FieldValidation;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Parsed;
import dev.navarch.api.Protobuf;
import dev.navarch.api.Schema;
import dev.navarch.api.Yaml;
import io.kubernetes.client.proto.Meta;
import io.kubernetes.client.proto.V1;
import io.kubernetes.client.proto.V1Admissionregistration;
import io.kubernetes.client.proto.V1Apiextensions;
import io.kubernetes.client.proto.V1Apps;
import io.kubernetes.client.proto.V1Authentication;
import io.kubernetes.client.proto.V1Authorization;
import io.kubernetes.client.proto.V1Autoscaling;
import io.kubernetes.client.proto.V1Batch;
import io.kubernetes.client.proto.V1Certificates;
import io.kubernetes.client.proto.V1Coordination;
import io.kubernetes.client.proto.V1Discovery;
import io.kubernetes.client.proto.V1Events;
import io.kubernetes.client.proto.V1Flowcontrol;
import io.kubernetes.client.proto.V1Networking;
import io.kubernetes.client.proto.V1Node;
import io.kubernetes.client.proto.V1Policy;
import io.kubernetes.client.proto.V1Rbac;
import io.kubernetes.client.proto.V1Resource;
import io.kubernetes.client.proto.V1Scheduling;
import io.kubernetes.client.proto.V1Storage;
import io.kubernetes.client.proto.V2Autoscaling;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.node.ObjectNode;

/// Every field of every built-in type, with a value of its own, comes back from JSON, YAML and
/// protobuf as it was; and what goes out as protobuf is what upstream's own definitions say, as the
/// messages show that the official Java client generates from them.
class RoundTripTest {
  private static final Protobuf PROTOBUF = new Protobuf(KINDS);
  private static final List<FileDescriptor> FILES =
      List.of(
          Meta.getDescriptor(),
          V1.getDescriptor(),
          V1Admissionregistration.getDescriptor(),
          V1Apiextensions.getDescriptor(),
          V1Apps.getDescriptor(),
          V1Authentication.getDescriptor(),
          V1Authorization.getDescriptor(),
          V1Autoscaling.getDescriptor(),
          V1Batch.getDescriptor(),
          V1Certificates.getDescriptor(),
          V1Coordination.getDescriptor(),
          V1Discovery.getDescriptor(),
          V1Events.getDescriptor(),
          V1Flowcontrol.getDescriptor(),
          V1Networking.getDescriptor(),
          V1Node.getDescriptor(),
          V1Policy.getDescriptor(),
          V1Rbac.getDescriptor(),
          V1Resource.getDescriptor(),
          V1Scheduling.getDescriptor(),
          V1Storage.getDescriptor(),
          V2Autoscaling.getDescriptor());

  /// What these definitions have and v1.36 has not.
  private static final Set<String> LATER =
      Set.of("k8s.io.api.autoscaling.v2.HorizontalPodAutoscalerCondition.observedGeneration");

  static Stream<String> kinds() {
    return Stream.concat(
            KINDS.all().stream().map(Kind::schema).map(Schema::definition),
            Stream.of(
                "io.k8s.api.autoscaling.v1.Scale",
                "io.k8s.api.policy.v1.Eviction",
                "io.k8s.api.authentication.v1.TokenRequest",
                "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions",
                "io.k8s.apimachinery.pkg.apis.meta.v1.Status"))
        .distinct();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyFieldComesBackFromEveryForm(String definition) {
    Schema schema = KINDS.definition(definition).orElseThrow();
    ObjectNode full = FullDocument.of(schema);
    ObjectNode canonical =
        Decoder.decode(Parsed.of(full.deepCopy()), schema, FieldValidation.STRICT).tree();
    assertThat(canonical).as("canonical as it is").isEqualTo(full);
    assertThat(Json.bytes(canonical)).as("byte for byte").isEqualTo(Json.bytes(full));
    assertThat(Yaml.parse(YamlWriter.bytes(full))).as("YAML").isEqualTo(full);
    if (isBinary(schema)) {
      assertThat(reread(PROTOBUF.decode(PROTOBUF.encode(full, schema), schema)))
          .as("protobuf")
          .isEqualTo(full);
    }
  }

  /// Usage of nodes and pods has no protobuf form here.
  private static boolean isBinary(Schema schema) {
    return schema.fields().values().stream().anyMatch(field -> field.protobufNumber() > 0);
  }

  private static ObjectNode reread(ObjectNode tree) {
    return Json.parse(Json.bytes(tree));
  }

  /// A type of upstream's definitions, with its schema here.
  record Type(Descriptor message, Schema schema) {
    @Override
    public String toString() {
      return schema.definition();
    }
  }

  static Stream<Type> types() {
    return FILES.stream()
        .flatMap(file -> file.getMessageTypes().stream())
        .flatMap(
            message ->
                KINDS.definition(definition(message)).stream()
                    .filter(schema -> schema.type() == Schema.Type.OBJECT && isBinary(schema))
                    .map(schema -> new Type(message, schema)));
  }

  private static String definition(Descriptor message) {
    return "io." + message.getFullName().replaceFirst("k8s\\.io", "k8s").replace('_', '-');
  }

  @Test
  void theTypesAreAllThere() {
    assertThat(types()).hasSizeGreaterThan(400);
    Set<String> found = new TreeSet<>();
    types().forEach(type -> found.add(type.toString()));
    Set<String> wanted = new TreeSet<>();
    kinds()
        .filter(name -> isBinary(KINDS.definition(name).orElseThrow()))
        .filter(name -> !name.contains("apiregistration") && !name.contains(".metrics."))
        .forEach(wanted::add);
    assertThat(found).containsAll(wanted);
  }

  @ParameterizedTest
  @MethodSource("types")
  void protobufIsWhatUpstreamDefines(Type type) throws InvalidProtocolBufferException {
    ObjectNode full = FullDocument.of(type.schema());
    byte[] raw = Protobuf.open(PROTOBUF.encode(full, type.schema())).raw();

    Message message = DynamicMessage.parseFrom(type.message(), raw);

    List<String> unknown = new ArrayList<>();
    collectUnknown(message, "", unknown);
    assertThat(unknown).as("fields of %s that upstream does not know", type).isEmpty();
    Set<String> missing = new TreeSet<>();
    for (FieldDescriptor field : type.message().getFields()) {
      boolean isSet =
          field.isRepeated() ? message.getRepeatedFieldCount(field) > 0 : message.hasField(field);
      boolean itself =
          field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
              && type.toString().contains("JSONSchemaProps");
      if (!isSet && !itself && !LATER.contains(field.getFullName())) {
        missing.add(field.getName());
      }
    }
    assertThat(missing).as("fields of %s that only upstream knows", type).isEmpty();
    Protobuf.Envelope envelope =
        new Protobuf.Envelope(
            full.path("apiVersion").asString(""),
            full.path("kind").asString(""),
            message.toByteArray(),
            "");
    assertThat(reread(PROTOBUF.decode(envelope, type.schema()))).isEqualTo(full);
  }

  private static void collectUnknown(Message message, String path, List<String> unknown) {
    message
        .getUnknownFields()
        .asMap()
        .keySet()
        .forEach(
            number ->
                unknown.add(
                    path + "#" + number + " of " + message.getDescriptorForType().getFullName()));
    message
        .getAllFields()
        .forEach(
            (field, value) -> {
              if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                List<?> values = field.isRepeated() ? (List<?>) value : List.of(value);
                values.forEach(
                    each -> collectUnknown((Message) each, path + "/" + field.getName(), unknown));
              }
            });
  }
}
