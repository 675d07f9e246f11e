package dev.navarch.apiserver;

import dev.navarch.api.Decoder;
import dev.navarch.api.Defaults;
import dev.navarch.api.Json;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.api.Schema;
import dev.navarch.apiserver.admission.AdmissionPlugin;
import dev.navarch.apiserver.auth.Authorizer;
import dev.navarch.apiserver.cache.CacheEntry;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.StorageKeys;
import dev.navarch.apiserver.kinds.KindRules;
import dev.navarch.apiserver.matching.Matcher.Surroundings;
import dev.navarch.apiserver.policies.MutatingPolicies;
import dev.navarch.apiserver.policies.Policies;
import dev.navarch.apiserver.policies.PolicyChecks;
import dev.navarch.apiserver.policies.ValidatingPolicies;
import dev.navarch.apiserver.webhooks.MutatingWebhooks;
import dev.navarch.apiserver.webhooks.ValidatingWebhooks;
import dev.navarch.apiserver.webhooks.WebhookClient;
import dev.navarch.apiserver.webhooks.Webhooks;
import dev.navarch.store.Store;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/// What users add to admission through the API, wired to the server's caches.
///
/// @param definitions the types that are no kinds, by name
/// @param authorizer asked only once requests come
record Extensions(
    Kinds kinds,
    Function<String, Optional<Schema>> definitions,
    Function<Kind, KindRules> rules,
    Store store,
    Caches caches,
    WebhookClient client,
    Supplier<Authorizer> authorizer)
    implements UnaryOperator<List<AdmissionPlugin>> {
  private static final String GROUP = "admissionregistration.k8s.io/v1";
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /// @param before the plugins that look again at what webhooks have changed
  @Override
  public List<AdmissionPlugin> apply(List<AdmissionPlugin> before) {
    Surroundings around = new Surroundings(kinds, this::namespace);
    Policies policies = new Policies(caches, around, authorizer);
    Webhooks webhooks = new Webhooks(client, around, authorizer);
    return List.of(
        new PolicyChecks(),
        new MutatingPolicies(policies, this::schema, this::decoded),
        new MutatingWebhooks(
            caches, kind("MutatingWebhookConfiguration"), webhooks, before, this::decoded),
        new ValidatingPolicies(policies),
        new ValidatingWebhooks(caches, kind("ValidatingWebhookConfiguration"), webhooks));
  }

  private Kind kind(String name) {
    return kinds.byKind(GROUP, name).orElseThrow();
  }

  /// What an extension has made of an object, as if a client had sent it.
  private ObjectNode decoded(AdmissionPlugin.Request request, ObjectNode changed) {
    Schema schema = schema(request);
    ObjectNode object = Decoder.clean(changed, schema);
    Defaults.apply(object, schema);
    if (request.form().type().isEmpty()) {
      rules.apply(request.kind()).setDefaults(object);
    }
    return object;
  }

  private Schema schema(AdmissionPlugin.Request request) {
    String type = request.form().type();
    return type.isEmpty()
        ? request.kind().schema()
        : definitions
            .apply(type)
            .orElseThrow(() -> request.forbidden("admission cannot change %s".formatted(type)));
  }

  private Optional<ObjectNode> namespace(String name) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    caches.awaitRevision(store.revision(), PATIENCE);
    Kind namespaces = kinds.byKind("v1", "Namespace").orElseThrow();
    return caches
        .of(namespaces)
        .get(StorageKeys.prefix(namespaces, "") + name)
        .map(CacheEntry::json)
        .map(Json::parse);
  }
}
