package dev.navarch.apiserver.admission;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// Lets no Service take further external addresses: whoever may make Services could otherwise draw
/// to them what the whole cluster sends to any address. Services keep those that they have.
record DenyServiceExternalIPs() implements AdmissionPlugin {
  @Override
  public void validate(Request request) {
    if (request.concerns("services")
        && request.subresource().isEmpty()
        && request.object() != null) {
      Set<String> added = externalIps(request.content());
      added.removeAll(externalIps(request.old()));
      if (!added.isEmpty()) {
        throw request.forbidden("Use of external IPs is denied by admission control");
      }
    }
  }

  private static Set<String> externalIps(@Nullable ObjectNode service) {
    Set<String> addresses = new HashSet<>();
    if (service != null) {
      service.at("/spec/externalIPs").forEach(address -> addresses.add(address.asString("")));
    }
    return addresses;
  }
}
