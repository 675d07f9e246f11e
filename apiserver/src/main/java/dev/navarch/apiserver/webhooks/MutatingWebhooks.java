package dev.navarch.apiserver.webhooks;

import dev.navarch.api.ApiException;
import dev.navarch.api.Kind;
import dev.navarch.api.patch.JsonPatch;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.matching.Configured;
import dev.navarch.apiserver.matching.Seen;
import dev.navarch.apiserver.webhooks.Webhook.Configuration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Asks mutating webhooks one after the other, in the order of their configurations' names; each
/// sees what those before it made. When one has changed the object, the built-in plugins look
/// again, and so does each webhook that wants to and has not seen the last change.
public final class MutatingWebhooks implements AdmissionPlugin {
  private final Configured<Configuration> configured;
  private final Webhooks webhooks;
  private final List<AdmissionPlugin> before;
  private final BiFunction<Request, ObjectNode, ObjectNode> decoder;

  /// @param before the plugins that look again at a changed object
  /// @param decoder makes a patched document one that the kind's schema knows, with its defaults
  public MutatingWebhooks(
      Caches caches,
      Kind kind,
      Webhooks webhooks,
      List<AdmissionPlugin> before,
      BiFunction<Request, ObjectNode, ObjectNode> decoder) {
    this.configured = new Configured<>(caches, kind, Configuration.class, Configuration::read);
    this.webhooks = webhooks;
    this.before = before;
    this.decoder = decoder;
  }

  @Override
  public void admit(Request request) {
    List<Configuration> all = configured.all();
    if (all.isEmpty()) {
      return;
    }
    Map<Webhook, @Nullable ObjectNode> seen = new LinkedHashMap<>();
    boolean changed = false;
    for (Configuration configuration : all) {
      for (Webhook webhook : configuration.webhooks()) {
        Optional<Seen> asSeen = webhooks.meant(webhook, request);
        if (asSeen.isPresent()) {
          changed |= call(webhook, asSeen.get());
          seen.put(webhook, copy(request));
        }
      }
    }
    if (changed) {
      before.forEach(plugin -> plugin.admit(request));
      seen.forEach(
          (webhook, last) -> {
            if (webhook.calledAgain() && last != null && !last.equals(request.object())) {
              webhooks.meant(webhook, request).ifPresent(asSeen -> call(webhook, asSeen));
            }
          });
    }
  }

  private static @Nullable ObjectNode copy(Request request) {
    ObjectNode object = request.object();
    return object == null ? null : object.deepCopy();
  }

  private boolean call(Webhook webhook, Seen seen) {
    Request request = seen.request();
    JsonNode patch = webhooks.call(webhook, request, true);
    ObjectNode object = request.object();
    if (patch.isMissingNode() || patch.isEmpty()) {
      return false;
    }
    if (object == null) {
      throw Webhooks.failed(
          webhook, "admission webhook attempted to modify the object, which is not supported");
    }
    ObjectNode patched;
    try {
      patched = decoder.apply(request, JsonPatch.apply(object, patch));
    } catch (ApiException e) {
      throw Webhooks.failed(webhook, String.valueOf(e.getMessage()));
    }
    if (patched.equals(object)) {
      return false;
    }
    seen.change(patched);
    return true;
  }
}
