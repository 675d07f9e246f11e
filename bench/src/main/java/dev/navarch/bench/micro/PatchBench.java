package dev.navarch.bench.micro;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.Json;
import dev.navarch.api.Schema;
import dev.navarch.api.patch.JsonPatch;
import dev.navarch.api.patch.MergePatch;
import dev.navarch.api.patch.StrategicMergePatch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The same change of a pod, a new image and one more label, as each kind of patch. A patch may
/// change the document that it is given, so each gets a copy, which is measured too.
@State(Scope.Benchmark)
public class PatchBench {
  private final Schema schema = Sample.kind().schema();
  private final ObjectNode document = Sample.pod();
  private final JsonNode json =
      patch(
          """
          [{"op":"test","path":"/spec/containers/0/name","value":"main"},
           {"op":"replace","path":"/spec/containers/0/image","value":"web:2"},
           {"op":"add","path":"/metadata/labels/track","value":"canary"}]\
          """);
  private final JsonNode merge =
      patch(
          """
          {"metadata":{"labels":{"track":"canary"}},"spec":{"containers":[
           {"name":"main","image":"web:2"}]}}\
          """);

  private static JsonNode patch(String text) {
    return Json.parseAny(text.getBytes(UTF_8));
  }

  @Benchmark
  public ObjectNode copyOnly() {
    return document.deepCopy();
  }

  @Benchmark
  public ObjectNode jsonPatch() {
    return JsonPatch.apply(document.deepCopy(), json);
  }

  /// It replaces the list of containers.
  @Benchmark
  public ObjectNode mergePatch() {
    return MergePatch.apply(document.deepCopy(), merge);
  }

  @Benchmark
  public ObjectNode strategicMergePatch() {
    return StrategicMergePatch.apply(document.deepCopy(), merge, schema);
  }
}
