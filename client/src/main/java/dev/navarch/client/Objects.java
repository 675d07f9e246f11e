package dev.navarch.client;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.io.InputStream;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamWriteConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.node.ObjectNode;

/// Moves objects between the typed model and the wire.
public final class Objects {
  /// Deeper than any object that a server takes.
  private static final int MAX_DEPTH = 1_100;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builderWithJackson2Defaults()
                  .streamReadConstraints(
                      StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .streamWriteConstraints(
                      StreamWriteConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
                  .build())
          .configureForJackson2()
          .addMixIn(ObjectMeta.class, WithoutManagedFields.class)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .addModule(
              new SimpleModule()
                  .addDeserializer(IntOrString.class, new IntOrStringReader())
                  .addDeserializer(String.class, new SharedStrings())
                  .setDeserializerModifier(new SmallParts()))
          .build();

  /// The bookkeeping of field managers is large, and no program here reads it.
  @JsonIgnoreProperties(value = "managedFields", allowGetters = true)
  private interface WithoutManagedFields {}

  private Objects() {}

  public static <T> T read(byte[] json, Class<T> type) {
    return MAPPER.readValue(json, type);
  }

  /// Reads an object that will be kept and shared: it takes as little room as it can, and its lists
  /// and maps refuse to be changed where that spares some. {@link #copy} makes one that can be.
  public static <T> T readKept(byte[] json, Class<T> type) {
    return MAPPER.readerFor(type).withAttribute(SmallParts.KEPT, true).readValue(json);
  }

  public static <T> T convert(ObjectNode document, Class<T> type) {
    return MAPPER.convertValue(document, type);
  }

  public static ObjectNode document(byte[] json) {
    return MAPPER.readValue(json, ObjectNode.class);
  }

  public static ObjectNode emptyDocument() {
    return MAPPER.createObjectNode();
  }

  /// A document, or empty when the bytes are none.
  static Optional<ObjectNode> tryDocument(byte[] json) {
    try {
      return MAPPER.readTree(json) instanceof ObjectNode document
          ? Optional.of(document)
          : Optional.empty();
    } catch (JacksonException e) {
      return Optional.empty();
    }
  }

  /// Documents one after the other, as they arrive.
  static MappingIterator<ObjectNode> documents(InputStream json) {
    return MAPPER.readerFor(ObjectNode.class).readValues(json);
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

  /// A document's numbers are long ones, which the model's own reader would refuse.
  private static final class IntOrStringReader extends ValueDeserializer<IntOrString> {
    @Override
    public IntOrString deserialize(JsonParser parser, DeserializationContext context) {
      return parser.hasToken(JsonToken.VALUE_NUMBER_INT)
          ? new IntOrString(parser.getIntValue())
          : new IntOrString(parser.getString());
    }
  }
}
