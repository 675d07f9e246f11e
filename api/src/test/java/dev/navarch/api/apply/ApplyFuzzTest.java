package dev.navarch.api.apply;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Decoder;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Schema;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Server-side apply of any configurations of one kind onto each other. Each line of an input is
/// one; two managers take turns, and both force.
final class ApplyFuzzTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();
  private static final String THEN = "2026-01-01T00:00:00Z";
  private static final int MOST = 6;

  private final Ownership ownership = new Ownership();

  /// An apply is refused or stable: what comes out can be stored, read again and applied again
  /// without a change.
  @FuzzTest
  void applies(byte[] input) {
    ObjectNode live = Json.object();
    int turn = 0;
    for (String line : new String(input, UTF_8).lines().limit(MOST).toList()) {
      Optional<ObjectNode> configuration = read(line);
      if (configuration.isPresent() && (live.isEmpty() || sameKind(live, configuration.get()))) {
        live = applied(live, configuration.get(), "m" + turn++ % 2);
      }
    }
  }

  private static boolean sameKind(ObjectNode live, ObjectNode configuration) {
    return live.path("kind").equals(configuration.path("kind"))
        && live.path("apiVersion").equals(configuration.path("apiVersion"));
  }

  private ObjectNode applied(ObjectNode live, ObjectNode configuration, String manager) {
    Kind kind =
        KINDS
            .byKind(
                configuration.path("apiVersion").asString(""),
                configuration.path("kind").asString(""))
            .or(() -> KINDS.byKind("apps/v1", "Deployment"))
            .orElseThrow();
    Schema schema = kind.schema();
    ObjectVersions versions = ObjectVersions.only(kind.apiVersion(), schema);
    ObjectNode before = live.deepCopy();
    try {
      AppliedConfiguration wanted = AppliedConfiguration.of(configuration, schema);
      ObjectNode once =
          Decoder.clean(
              ownership.applied(live, wanted, versions, new Writer(manager, "", THEN), true),
              schema);
      assertThat(live).isEqualTo(before);
      assertThat(Json.text(Json.parse(Json.bytes(once)))).isEqualTo(Json.text(once));
      ObjectNode twice =
          Decoder.clean(
              ownership.applied(once, wanted, versions, new Writer(manager, "", THEN), true),
              schema);
      // What is empty is not kept: a key that is, names another element the next time.
      if (Decoder.clean(configuration, schema).equals(configuration)) {
        assertThat(twice).isEqualTo(once);
      }
      JsonNode managed =
          ownership.updated(
              live, once, Json.array(), versions, new Writer("someone", "status", THEN));
      assertThat(managed.isArray()).isTrue();
      return once;
    } catch (ApiException refused) {
      assertThat(live).isEqualTo(before);
      return live;
    }
  }

  /// Sets of fields, as managers write them.
  @FuzzTest
  void fieldSets(byte[] input) {
    List<ObjectNode> trees =
        new String(input, UTF_8)
            .lines()
            .limit(2)
            .map(ApplyFuzzTest::read)
            .flatMap(Optional::stream)
            .toList();
    try {
      List<FieldSet> sets = trees.stream().map(FieldSet::read).toList();
      for (FieldSet set : sets) {
        assertThat(FieldSet.read(set.json())).isEqualTo(set);
        assertThat(set.minus(set)).isEqualTo(FieldSet.EMPTY);
      }
      if (sets.size() == 2) {
        FieldSet left = sets.getFirst();
        FieldSet right = sets.getLast();
        assertThat(left.union(right)).isEqualTo(right.union(left));
        assertThat(left.intersection(right).union(left.minus(right))).isEqualTo(left);
      }
    } catch (IllegalArgumentException refused) {
      assertThat(refused.getMessage()).isNotEmpty();
    }
  }

  private static Optional<ObjectNode> read(String line) {
    try {
      return Optional.of(Json.parse(line.getBytes(UTF_8)));
    } catch (ApiException unreadable) {
      return Optional.empty();
    }
  }
}
