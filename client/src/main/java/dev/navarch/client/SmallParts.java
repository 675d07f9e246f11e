package dev.navarch.client;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JsonParser;
import tools.jackson.databind.BeanDescription;
import tools.jackson.databind.DeserializationConfig;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.ValueDeserializer;
import tools.jackson.databind.deser.ValueDeserializerModifier;
import tools.jackson.databind.deser.std.DelegatingDeserializer;
import tools.jackson.databind.introspect.AnnotatedMethod;
import tools.jackson.databind.introspect.BeanPropertyDefinition;

/// Keeps typed objects small. Each part of one brings a map of its own for the fields that it does
/// not know, and a pod has some forty parts: while they are empty, all of them are one map that
/// nobody can change. Objects without a type are nothing but such a map, and keep theirs. In what
/// is read to be kept ({@link #KEPT}) no empty or single-valued list takes room for more, either.
final class SmallParts extends ValueDeserializerModifier {
  /// The attribute of a read whose objects are kept for long, shared by many and changed by nobody.
  static final String KEPT = "kept";

  private static final long serialVersionUID = 1;
  private static final String REST = "AdditionalProperties";

  @Override
  public ValueDeserializer<?> modifyDeserializer(
      DeserializationConfig config,
      BeanDescription.Supplier description,
      ValueDeserializer<?> reader) {
    BeanDescription bean = description.get();
    AnnotatedMethod get = bean.findMethod("get" + REST, new Class<?>[0]);
    AnnotatedMethod set = bean.findMethod("set" + REST, new Class<?>[] {Map.class});
    return get == null || set == null || bean.getBeanClass() == GenericKubernetesResource.class
        ? reader
        : new Reader(reader, new Property(get, set), many(bean));
  }

  /// Lists and maps among the properties.
  private static List<Property> many(BeanDescription bean) {
    List<Property> many = new ArrayList<>();
    for (BeanPropertyDefinition each : bean.findProperties()) {
      AnnotatedMethod get = each.getGetter();
      AnnotatedMethod set = each.getSetter();
      if (get != null
          && set != null
          && (get.getRawType() == List.class || get.getRawType() == Map.class)) {
        many.add(new Property(get, set));
      }
    }
    return List.copyOf(many);
  }

  private record Property(AnnotatedMethod get, AnnotatedMethod set) {}

  private static Object small(Object value) {
    return switch (value) {
      case List<?> list when list.isEmpty() -> Collections.emptyList();
      case List<?> list when list.size() == 1 -> Collections.singletonList(list.getFirst());
      case Map<?, ?> map when map.isEmpty() -> Collections.emptyMap();
      default -> value;
    };
  }

  private static final class Reader extends DelegatingDeserializer {
    private final Property rest;
    private final List<Property> many;

    Reader(ValueDeserializer<?> reader, Property rest, List<Property> many) {
      super(reader);
      this.rest = rest;
      this.many = many;
    }

    @Override
    protected ValueDeserializer<?> newDelegatingInstance(ValueDeserializer<?> other) {
      return new Reader(other, rest, many);
    }

    @Override
    public Object deserialize(JsonParser parser, DeserializationContext context) {
      Object part = super.deserialize(parser, context);
      if (part != null) {
        if (rest.get().getValue(part) instanceof Map<?, ?> map && map.isEmpty()) {
          rest.set().setValue(part, Map.of());
        }
        if (!many.isEmpty() && context.getAttribute(KEPT) != null) {
          many.forEach(property -> shrink(part, property));
        }
      }
      return part;
    }

    private static void shrink(Object part, Property property) {
      Object value = property.get().getValue(part);
      if (value != null) {
        property.set().setValue(part, small(value));
      }
    }
  }
}
