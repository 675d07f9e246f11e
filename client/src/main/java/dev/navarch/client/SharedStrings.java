package dev.navarch.client;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.deser.jdk.StringDeserializer;
import tools.jackson.databind.deser.std.StdScalarDeserializer;

/// Reads texts, most of which thousands of objects have in common (`Always`, `default`, a label, an
/// image): the same text is the same string. It forgets what it has not seen for a while, so it
/// never grows.
final class SharedStrings extends StdScalarDeserializer<String> {
  private static final int SLOTS = 1 << 13;
  private static final int LONGEST = 128;
  private final AtomicReferenceArray<@Nullable String> known = new AtomicReferenceArray<>(SLOTS);

  SharedStrings() {
    super(String.class);
  }

  @Override
  public String deserialize(JsonParser parser, DeserializationContext context) {
    return shared(StringDeserializer.instance.deserialize(parser, context));
  }

  private String shared(String text) {
    if (text.length() > LONGEST) {
      return text;
    }
    int hash = text.hashCode();
    int slot = (hash ^ hash >>> 16) & (SLOTS - 1);
    String there = known.getPlain(slot);
    if (text.equals(there)) {
      return there;
    }
    known.setPlain(slot, text);
    return text;
  }
}
