package dev.navarch.client;

import io.fabric8.kubernetes.api.model.HasMetadata;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Moves objects between the typed model and the wire.
public final class Objects {
  private static final JsonMapper MAPPER =
      JsonMapper.builderWithJackson2Defaults()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .build();

  private Objects() {}

  public static <T> T read(byte[] json, Class<T> type) {
    return MAPPER.readValue(json, type);
  }

  public static <T> T convert(ObjectNode document, Class<T> type) {
    return MAPPER.convertValue(document, type);
  }

  public static byte[] write(Object object) {
    return MAPPER.writeValueAsBytes(object);
  }

  public static ObjectNode tree(Object object) {
    return MAPPER.valueToTree(object);
  }

  /// A copy that the caller may change.
  @SuppressWarnings("unchecked")
  public static <T extends HasMetadata> T copy(T object) {
    return (T) MAPPER.convertValue(object, object.getClass());
  }
}
