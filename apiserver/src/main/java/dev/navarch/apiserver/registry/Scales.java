package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.api.Kind;
import dev.navarch.api.apply.AppliedConfiguration;
import dev.navarch.apiserver.kinds.KindRules;
import java.util.Set;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The `scale` subresource: what has replicas, seen as an `autoscaling/v1` Scale, so that one
/// client can scale every kind.
final class Scales {
  private final Registry registry;

  private final Function<Kind, KindRules> rules;

  Scales(Registry registry, Function<Kind, KindRules> rules) {
    this.registry = registry;
    this.rules = rules;
  }

  ObjectNode get(Target target) {
    return of(target, registry.get(target));
  }

  ObjectNode replace(Target target, ObjectNode scale, boolean dryRun) {
    return of(
        target,
        registry.change(
            target, Subresource.SCALE, object -> scaled(target, object, scale), dryRun));
  }

  ObjectNode patch(Target target, UnaryOperator<ObjectNode> patch, boolean dryRun) {
    return of(
        target,
        registry
            .patch(
                target,
                Subresource.SCALE,
                object -> scaled(target, object, patch.apply(of(target, object))),
                dryRun)
            .object());
  }

  /// @param scale an applied Scale; what it names is owned in terms of the scaled object
  ObjectNode apply(Target target, AppliedConfiguration scale, boolean force, boolean dryRun) {
    ObjectNode wanted =
        scale
            .tree()
            .objectNode()
            .put("apiVersion", target.kind().apiVersion())
            .put("kind", target.kind().kind());
    Metadata.of(wanted)
        .take(Set.of("name", "namespace", "uid", "resourceVersion"), Metadata.of(scale.tree()));
    JsonNode replicas = scale.tree().path("spec").path("replicas");
    if (replicas.isNumber()) {
      wanted.putObject("spec").set("replicas", replicas);
    }
    return of(
        target,
        registry
            .apply(target, Subresource.SCALE, new AppliedConfiguration(wanted), force, dryRun)
            .object());
  }

  private ObjectNode of(Target target, ObjectNode object) {
    return form(target).shown(object, target.kind());
  }

  private ScaleForm form(Target target) {
    return new ScaleForm(target.kind(), rules.apply(target.kind()).scale());
  }

  private ObjectNode scaled(Target target, ObjectNode object, ObjectNode scale) {
    if (!scale.path("kind").asString("Scale").equals("Scale")) {
      throw ApiException.badRequest(
          "expected a Scale of autoscaling/v1, found kind " + scale.path("kind").asString(""));
    }
    Metadata meant = Metadata.of(scale);
    int replicas = scale.path("spec").path("replicas").asInt(0);
    if (replicas < 0) {
      throw Preparation.invalid(
          target,
          target.name(),
          FieldError.invalid(
              "spec.replicas", Integer.toString(replicas), "must be greater than or equal to 0"));
    }
    Metadata.of(object)
        .fields()
        .setAll(
            object
                .objectNode()
                .put("name", meant.name())
                .put("resourceVersion", meant.resourceVersion()));
    return form(target).put(object, replicas);
  }
}
