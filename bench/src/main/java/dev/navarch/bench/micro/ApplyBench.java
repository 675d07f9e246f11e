package dev.navarch.bench.micro;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.Json;
import dev.navarch.api.apply.AppliedConfiguration;
import dev.navarch.api.apply.ManagedFields;
import dev.navarch.api.apply.ObjectVersions;
import dev.navarch.api.apply.Ownership;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Who owns which field: what every write pays for managedFields, and server-side apply.
@State(Scope.Benchmark)
public class ApplyBench {
  private static final String CONFIGURATION =
      """
      {"apiVersion":"v1","kind":"Pod","metadata":{"name":"web-0","namespace":"default",
       "labels":{"track":"canary"}},
       "spec":{"containers":[{"name":"main","image":"web:2","env":[{"name":"MODE","value":"test"}]}]}}
      """;
  private final Ownership ownership = new Ownership();
  private final ObjectVersions versions = Sample.versions();
  private final ObjectNode sent = Sample.sent();
  private final ObjectNode live = Sample.pod();
  private final ObjectNode updated = updated(live);
  private final AppliedConfiguration configuration =
      AppliedConfiguration.of(Json.parse(CONFIGURATION.getBytes(UTF_8)), Sample.kind().schema());

  private static ObjectNode updated(ObjectNode live) {
    ObjectNode updated = live.deepCopy();
    ((ObjectNode) updated.at("/metadata/labels")).put("track", "canary");
    ((ObjectNode) updated.at("/spec/containers/0")).put("image", "web:2");
    return updated;
  }

  @Benchmark
  public JsonNode ownersOfNewObject() {
    return ownership.created(sent, versions, Sample.writer("creator"));
  }

  /// Two fields change hands.
  @Benchmark
  public JsonNode ownersAfterUpdate() {
    return ownership.updated(
        live, updated, ManagedFields.in(updated), versions, Sample.writer("updater"));
  }

  /// A configuration that takes two fields from another manager, and adds one.
  @Benchmark
  public ObjectNode applyConfiguration() {
    return ownership.applied(live, configuration, versions, Sample.writer("applier"), true);
  }
}
