package dev.navarch.apiserver.admission;

import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Upstream's plugin `ServiceAccount`: gives every pod an account, and what its containers need to
/// speak to the API as that account: a short-lived token, the cluster's CA and the namespace.
///
/// @param pause passes a moment while the account of a new namespace is being made
record ServiceAccountAdmission(
    Lister<ServiceAccount> accounts, RandomGenerator random, Runnable pause)
    implements AdmissionPlugin {
  private static final String MIRROR = "kubernetes.io/config.mirror";
  private static final String MOUNT_PATH = "/var/run/secrets/kubernetes.io/serviceaccount";
  private static final String VOLUME_PREFIX = "kube-api-access-";
  private static final String LETTERS = "bcdfghjklmnpqrstvwxz2456789";
  private static final int TOKEN_SECONDS = 3607;
  private static final int MODE = 420;
  private static final int ATTEMPTS = 20;

  @Override
  public void admit(Request request) {
    if (!request.is(Operation.CREATE, "pods")
        || !(request.content().path("spec") instanceof ObjectNode spec)
        || request.content().at("/metadata/annotations").has(MIRROR)) {
      return;
    }
    if (spec.path("serviceAccountName").asString("").isEmpty()) {
      spec.put("serviceAccountName", "default");
    }
    String name = spec.path("serviceAccountName").asString("");
    spec.put("serviceAccount", name);
    ServiceAccount account = find(request, name);
    if (wantsToken(spec, account)) {
      mountToken(spec);
    }
    if (spec.path("imagePullSecrets").isEmpty() && account.getImagePullSecrets() != null) {
      account
          .getImagePullSecrets()
          .forEach(
              secret ->
                  spec.withArray("imagePullSecrets").addObject().put("name", secret.getName()));
    }
  }

  /// The account of a namespace follows its namespace by a moment: worth a short wait.
  private ServiceAccount find(Request request, String name) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      Optional<ServiceAccount> found = accounts.find(request.namespace(), name);
      if (found.isPresent()) {
        return found.get();
      }
      pause.run();
    }
    throw request.forbidden(
        "error looking up service account %s/%s: serviceaccount \"%s\" not found"
            .formatted(request.namespace(), name, name));
  }

  private static boolean wantsToken(ObjectNode spec, ServiceAccount account) {
    JsonNode own = spec.path("automountServiceAccountToken");
    return own.isBoolean()
        ? own.asBoolean(true)
        : !Boolean.FALSE.equals(account.getAutomountServiceAccountToken());
  }

  private void mountToken(ObjectNode spec) {
    String volume =
        VOLUME_PREFIX
            + random
                .ints(5, 0, LETTERS.length())
                .mapToObj(LETTERS::charAt)
                .collect(StringBuilder::new, StringBuilder::append, StringBuilder::append);
    boolean mounted = false;
    for (String list : List.of("containers", "initContainers")) {
      for (JsonNode container : spec.path(list)) {
        if (container instanceof ObjectNode each && !hasMount(each)) {
          each.withArray("volumeMounts")
              .addObject()
              .put("name", volume)
              .put("readOnly", true)
              .put("mountPath", MOUNT_PATH);
          mounted = true;
        }
      }
    }
    if (mounted) {
      addVolume(spec.withArray("volumes"), volume);
    }
  }

  private static boolean hasMount(ObjectNode container) {
    return container
        .path("volumeMounts")
        .valueStream()
        .anyMatch(mount -> mount.path("mountPath").asString("").equals(MOUNT_PATH));
  }

  private static void addVolume(ArrayNode volumes, String name) {
    ObjectNode projected = volumes.addObject().put("name", name).putObject("projected");
    ArrayNode sources = projected.putArray("sources");
    sources
        .addObject()
        .putObject("serviceAccountToken")
        .put("expirationSeconds", TOKEN_SECONDS)
        .put("path", "token");
    ObjectNode authority = sources.addObject().putObject("configMap");
    authority.put("name", "kube-root-ca.crt");
    authority.putArray("items").addObject().put("key", "ca.crt").put("path", "ca.crt");
    ObjectNode file = sources.addObject().putObject("downwardAPI").putArray("items").addObject();
    file.put("path", "namespace");
    file.putObject("fieldRef").put("apiVersion", "v1").put("fieldPath", "metadata.namespace");
    projected.put("defaultMode", MODE);
  }
}
