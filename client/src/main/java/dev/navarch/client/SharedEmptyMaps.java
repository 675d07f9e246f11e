package dev.navarch.client;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.std.DelegatingDeserializer;
import tools.jackson.databind.introspect.AnnotatedMethod;

/// Each part of a typed object brings a map of its own for the fields that it does not know, and a
/// pod has some forty parts: while they are empty, all of them are one map that nobody can change.
/// Objects without a type are nothing but such a map, and keep theirs.
final class SharedEmptyMaps extends ValueDeserializerModifier {
  private static final long serialVersionUID = 1;
  private static final String NAME = "AdditionalProperties";

  @Override
  public ValueDeserializer<?> modifyDeserializer(
      DeserializationConfig config,
      BeanDescription.Supplier description,
      ValueDeserializer<?> reader) {
    BeanDescription bean = description.get();
    AnnotatedMethod get = bean.findMethod("get" + NAME, new Class<?>[0]);
    AnnotatedMethod set = bean.findMethod("set" + NAME, new Class<?>[] {Map.class});
    return get == null || set == null || bean.getBeanClass() == GenericKubernetesResource.class
        ? reader
        : new Reader(reader, get, set);
  }

  private static final class Reader extends DelegatingDeserializer {
    private final AnnotatedMethod get;
    private final AnnotatedMethod set;

    Reader(ValueDeserializer<?> reader, AnnotatedMethod get, AnnotatedMethod set) {
      super(reader);
      this.get = get;
      this.set = set;
    }

    @Override
    protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> other) {
      return new Reader(other, get, set);
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context) {
      Object part = super.deserialize(parser, context);
      if (part != null && get.getValue(part) instanceof Map<?, ?> map && map.isEmpty()) {
        set.setValue(part, Map.of());
      }
      return part;
    }
  }
}
