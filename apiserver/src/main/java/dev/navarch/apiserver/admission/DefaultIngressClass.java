package dev.navarch.apiserver.admission;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.networking.v1.IngressClass;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Gives an ingress that names no class the one that is marked as the default.
record DefaultIngressClass(Lister<IngressClass> classes) implements AdmissionPlugin {
  private static final String IS_DEFAULT = "ingressclass.kubernetes.io/is-default-class";
  private static final String OLD_NAME = "kubernetes.io/ingress.class";

  @Override
  public void admit(Request request) {
    if (!request.is(Operation.CREATE, "ingresses.networking.k8s.io")
        || !(request.content().path("spec") instanceof ObjectNode spec)
        || spec.has("ingressClassName")
        || request.content().at("/metadata/annotations").has(OLD_NAME)) {
      return;
    }
    List<IngressClass> marked =
        classes
            .all()
            .filter(
                each -> {
                  Map<String, String> annotations = each.getMetadata().getAnnotations();
                  return annotations != null && "true".equals(annotations.get(IS_DEFAULT));
                })
            .toList();
    if (marked.size() > 1) {
      throw new ApiException(
          new ApiError.Internal(
              "%d default IngressClasses were found, only 1 allowed".formatted(marked.size())));
    }
    marked.forEach(each -> spec.put("ingressClassName", each.getMetadata().getName()));
  }
}
