package dev.navarch.bench.micro;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.Decoder;
import dev.navarch.api.FieldValidation;
import dev.navarch.api.Json;
import dev.navarch.api.Parsed;
import dev.navarch.api.Protobuf;
import dev.navarch.api.Schema;
import dev.navarch.api.Yaml;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import tools.jackson.databind.node.ObjectNode;

/// A pod from bytes to its document and back, in every format.
@State(Scope.Benchmark)
public class CodecBench {
  private final Schema schema = Sample.kind().schema();
  private final Protobuf protobuf = new Protobuf(Sample.kinds());
  private final ObjectNode document = Sample.pod();
  private final byte[] json = Sample.json();
  private final byte[] yaml = Sample.YAML.getBytes(UTF_8);
  private final byte[] binary = protobuf.encode(document, schema);

  @Benchmark
  public ObjectNode readJson() {
    return Json.parse(json);
  }

  /// What a request's body goes through: read, types checked, unknown fields found.
  @Benchmark
  public ObjectNode readJsonBySchema() {
    return Decoder.decode(Json.read(json), schema, FieldValidation.STRICT).tree();
  }

  @Benchmark
  public byte[] writeJson() {
    return Json.bytes(document);
  }

  @Benchmark
  public Parsed readYaml() {
    return Yaml.read(yaml);
  }

  @Benchmark
  public ObjectNode readProtobuf() {
    return protobuf.decode(binary, schema);
  }

  @Benchmark
  public byte[] writeProtobuf() {
    return protobuf.encode(document, schema);
  }
}
