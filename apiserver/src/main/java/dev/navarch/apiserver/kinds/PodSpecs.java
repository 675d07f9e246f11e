package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// What a pod is to be: shared by pods themselves and by every template that makes them.
final class PodSpecs {
  private static final List<String> CONTAINER_LISTS =
      List.of("initContainers", "containers", "ephemeralContainers");
  private static final int GRACE_SECONDS = 30;

  private PodSpecs() {}

  static void setDefaults(ObjectNode spec) {
    Defaults.put(spec, "restartPolicy", "Always");
    Defaults.put(spec, "terminationGracePeriodSeconds", GRACE_SECONDS);
    Defaults.put(spec, "dnsPolicy", "ClusterFirst");
    Defaults.put(spec, "schedulerName", "default-scheduler");
    Defaults.object(spec, "securityContext");
    mirrorServiceAccount(spec);
    objects(spec.path("volumes")).forEach(Volumes::setDefaults);
    for (String list : CONTAINER_LISTS) {
      objects(spec.path(list)).forEach(Containers::setDefaults);
    }
  }

  /// `serviceAccount` is the old name of `serviceAccountName`; both are always there or none.
  static void mirrorServiceAccount(ObjectNode spec) {
    String name = spec.path("serviceAccountName").asString("");
    String old = spec.path("serviceAccount").asString("");
    String account = name.isEmpty() ? old : name;
    if (!account.isEmpty()) {
      spec.put("serviceAccountName", account);
      spec.put("serviceAccount", account);
    }
  }

  static void validate(Place spec) {
    Set<String> volumes = Volumes.validate(spec.at("volumes"));
    boolean hostNetwork = spec.at("hostNetwork").flag();
    validateNames(spec);
    spec.at("containers").present();
    for (String list : CONTAINER_LISTS) {
      for (Place container : spec.at(list).items()) {
        Containers.validate(container, volumes, hostNetwork);
        restartOfOne(container, list.equals("initContainers"));
      }
    }
    validateHostPorts(spec);
    spec.at("activeDeadlineSeconds").between(1, Integer.MAX_VALUE);
    spec.at("terminationGracePeriodSeconds").atLeast(0);
    EphemeralContainers.validate(spec);
    PodIdentity.validate(spec);
    SecurityContexts.validatePod(spec);
    Placement.validate(spec);
    WholePods.validate(spec);
    spec.at("overhead").values().forEach(Resources::nonNegative);
  }

  /// No two containers of a pod share a name, whatever list they are in.
  private static void validateNames(Place spec) {
    Set<String> seen = new HashSet<>();
    for (String list : List.of("containers", "initContainers", "ephemeralContainers")) {
      for (Place container : spec.at(list).items()) {
        Place name = container.at("name");
        if (!name.isEmpty() && !seen.add(name.text())) {
          name.duplicate();
        }
      }
    }
  }

  /// The schema knows no words for this one field.
  private static void restartOfOne(Place container, boolean init) {
    Place policy = container.at("restartPolicy");
    policy.oneOf("Always", "OnFailure", "Never");
    if (init && !policy.text().equals("Always")) {
      for (String field : List.of("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")) {
        if (container.at(field).isSet()) {
          container
              .at(field)
              .forbidden("may not be set for init containers without restartPolicy=Always");
        }
      }
    }
  }

  private static void validateHostPorts(Place spec) {
    Set<String> taken = new HashSet<>();
    for (Place container : spec.at("containers").items()) {
      for (Place port : container.at("ports").items()) {
        Place hostPort = port.at("hostPort");
        if (hostPort.number(0) == 0) {
          continue;
        }
        String address = Columns.textAt(port.node(), "/hostIP", "0.0.0.0");
        String slot = port.at("protocol").text() + "/" + address + "/" + hostPort.number(0);
        if (!taken.add(slot)) {
          hostPort.duplicate(slot);
        }
      }
    }
  }
}
