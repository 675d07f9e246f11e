package dev.navarch.apiserver.admission;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.FieldError;
import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.Namespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// Lets claims reach devices that others use (`adminAccess`) only in namespaces that are marked for
/// it.
record DeviceAdminAccess(Lister<Namespace> namespaces) implements AdmissionPlugin {
  private static final String LABEL = "resource.kubernetes.io/admin-access";

  @Override
  public void validate(Request request) {
    if (request.is(Operation.CREATE, "resourceclaims.resource.k8s.io")) {
      check(request, "spec");
    } else if (request.is(Operation.CREATE, "resourceclaimtemplates.resource.k8s.io")) {
      check(request, "spec.spec");
    }
  }

  private void check(Request request, String at) {
    JsonNode requests = request.content().at("/" + at.replace('.', '/') + "/devices/requests");
    List<FieldError> errors = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      if (requests.get(i).at("/exactly/adminAccess").asBoolean(false)) {
        errors.add(
            FieldError.forbidden(
                at + ".devices.requests[" + i + "].exactly.adminAccess",
                "admin access to devices requires the `"
                    + LABEL
                    + ": true` label on the containing namespace"));
      }
    }
    if (!errors.isEmpty() && !isMarked(request.namespace())) {
      throw new ApiException(
          new ApiError.Invalid(
              request.kind().group(), request.kind().kind(), request.name(), errors));
    }
  }

  private boolean isMarked(String namespace) {
    return namespaces
        .find("", namespace)
        .map(found -> found.getMetadata().getLabels())
        .map((Map<String, String> labels) -> "true".equals(labels.get(LABEL)))
        .orElse(false);
  }
}
