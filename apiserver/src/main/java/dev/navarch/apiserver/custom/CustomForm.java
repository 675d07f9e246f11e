package dev.navarch.apiserver.custom;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.api.Decoder;
import dev.navarch.api.Defaults;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.registry.StoredForm;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// One version of a custom resource, seen from the store: writes go there in the stored version,
/// and what comes out, in whatever version it was stored once, is pruned, completed by defaults and
/// converted.
final class CustomForm implements StoredForm {
  private final Kind kind;
  private final Kind storage;
  private final Map<String, Kind> versions;
  private final boolean mixed;
  private final boolean preferred;
  private final Conversion conversion;
  private final byte[] start;

  /// @param versions all of the resource, by `apiVersion`
  /// @param mixed whether objects of other versions than the stored one may be in the store
  CustomForm(
      Kind kind,
      Kind storage,
      Map<String, Kind> versions,
      boolean mixed,
      boolean preferred,
      Conversion conversion) {
    this.kind = kind;
    this.storage = storage;
    this.versions = versions;
    this.mixed = mixed;
    this.preferred = preferred;
    this.conversion = conversion;
    this.start = ("{\"apiVersion\":\"" + kind.apiVersion() + "\"").getBytes(UTF_8);
  }

  @Override
  public ObjectNode stored(ObjectNode object) {
    return kind.equals(storage) ? object : converted(List.of(object), storage).getFirst();
  }

  @Override
  public ObjectNode worked(ObjectNode stored) {
    return read(List.of(stored.deepCopy())).getFirst();
  }

  @Override
  public List<ObjectNode> read(List<ObjectNode> stored) {
    List<ObjectNode> complete = stored.stream().map(this::complete).toList();
    return converted(complete, kind);
  }

  @Override
  public boolean isAsCached(CacheEntry entry) {
    return kind.equals(storage) && (!mixed || startsHere(entry.json()));
  }

  @Override
  public boolean isAsCached() {
    return kind.equals(storage) && !mixed;
  }

  @Override
  public boolean isPreferred() {
    return preferred;
  }

  /// What clients see of stored bytes, in the version in which they were stored.
  byte[] shown(byte[] stored) {
    ObjectNode object = Json.parse(stored);
    ObjectNode complete = complete(object);
    return complete.equals(object) ? stored : Json.bytes(complete);
  }

  private boolean startsHere(byte[] json) {
    return json.length > start.length
        && Arrays.equals(json, 0, start.length, start, 0, start.length);
  }

  private ObjectNode complete(ObjectNode stored) {
    Kind version = versions.get(stored.path("apiVersion").asString(""));
    if (version == null) {
      return stored;
    }
    ObjectNode pruned = Decoder.clean(stored, version.schema());
    Defaults.apply(pruned, version.schema());
    return pruned;
  }

  /// Converts those that are of another version, all of them at once.
  private List<ObjectNode> converted(List<ObjectNode> objects, Kind to) {
    List<ObjectNode> strange =
        objects.stream()
            .filter(object -> !object.path("apiVersion").asString("").equals(to.apiVersion()))
            .toList();
    if (strange.isEmpty()) {
      return objects;
    }
    List<ObjectNode> answers = conversion.convert(strange, to.apiVersion());
    List<ObjectNode> all = new ArrayList<>();
    int next = 0;
    for (ObjectNode object : objects) {
      boolean there = object.path("apiVersion").asString("").equals(to.apiVersion());
      all.add(there ? object : Decoder.clean(answers.get(next++), to.schema()));
    }
    return all;
  }
}
