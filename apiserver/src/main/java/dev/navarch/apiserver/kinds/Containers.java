package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.objects;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// One container of a pod: what it runs, its ports and mounts. Init, app and ephemeral containers
/// share these rules.
final class Containers {
  private Containers() {}

  static void setDefaults(ObjectNode container) {
    Defaults.put(container, "imagePullPolicy", pullPolicy(container.path("image").asString("")));
    Defaults.put(container, "terminationMessagePath", "/dev/termination-log");
    Defaults.put(container, "terminationMessagePolicy", "File");
    Defaults.object(container, "resources");
    objects(container.path("ports")).forEach(port -> Defaults.put(port, "protocol", "TCP"));
    objects(container.path("env")).forEach(Env::setDefaults);
    Probes.setDefaults(container);
    JsonNode securityContext = container.path("securityContext");
    if (securityContext instanceof ObjectNode context && context.path("capabilities").isNull()) {
      context.remove("capabilities");
    }
  }

  /// Images that may change under their name are pulled every time.
  static String pullPolicy(String image) {
    if (image.contains("@")) {
      return "IfNotPresent";
    }
    int colon = image.lastIndexOf(':');
    boolean tagged = colon > image.lastIndexOf('/');
    boolean latest = !tagged || image.endsWith(":latest");
    return latest ? "Always" : "IfNotPresent";
  }

  /// @param volumes the names that mounts may refer to
  static void validate(Place container, Set<String> volumes, boolean hostNetwork) {
    if (container.at("name").present()) {
      container.at("name").dnsLabel();
    }
    Place image = container.at("image");
    if (image.present() && !image.text().strip().equals(image.text())) {
      image.invalid("must not have leading or trailing whitespace");
    }
    validatePorts(container.at("ports"), hostNetwork);
    Env.validate(container);
    Resources.validate(container.at("resources"));
    boolean privileged = container.at("securityContext", "privileged").flag();
    validateMounts(container.at("volumeMounts"), volumes, privileged);
    validateResizePolicy(container.at("resizePolicy"));
    validateDevices(container.at("volumeDevices"), volumes);
    Probes.validate(container);
    if (container.at("stdinOnce").flag() && !container.at("stdin").flag()) {
      container.at("stdinOnce").invalid("may only be set when `stdin` is true");
    }
    container.ifSet("securityContext").ifPresent(SecurityContexts::validateContainer);
  }

  private static void validatePorts(Place ports, boolean hostNetwork) {
    ports.distinct("name");
    for (Place port : ports.items()) {
      Place name = port.at("name");
      if (!name.isEmpty()) {
        name.names(Names.portName(name.text()));
      }
      Place number = port.at("containerPort");
      if (number.number(0) == 0) {
        number.required("");
      } else {
        number.port();
      }
      if (!port.at("hostIP").isEmpty()) {
        Addresses.validate(port.at("hostIP"));
      }
      Place hostPort = port.at("hostPort");
      if (hostPort.number(0) != 0) {
        hostPort.port();
        if (hostNetwork && hostPort.number(0) != number.number(0)) {
          number.invalid("must match `hostPort` when `hostNetwork` is true");
        }
      }
    }
  }

  private static void validateMounts(Place mounts, Set<String> volumes, boolean privileged) {
    Set<String> paths = new HashSet<>();
    for (Place mount : mounts.items()) {
      Place name = mount.at("name");
      if (name.present() && !volumes.contains(name.text())) {
        name.notFound();
      }
      Place path = mount.at("mountPath");
      if (path.present() && !paths.add(path.text())) {
        path.invalid("must be unique");
      }
      subPath(mount.at("subPath"));
      subPath(mount.at("subPathExpr"));
      if (!mount.at("subPath").isEmpty() && !mount.at("subPathExpr").isEmpty()) {
        mount.at("subPathExpr").invalid("subPathExpr and subPath are mutually exclusive");
      }
      Place recursive = mount.at("recursiveReadOnly");
      recursive.oneOf("Disabled", "IfPossible", "Enabled");
      boolean asked = recursive.text().equals("Enabled") || recursive.text().equals("IfPossible");
      if (asked && !mount.at("readOnly").flag()) {
        recursive.forbidden("may only be specified when readOnly is true");
      }
      if (mount.at("mountPropagation").text().equals("Bidirectional") && !privileged) {
        mount
            .at("mountPropagation")
            .forbidden(
                "Bidirectional mount propagation is available only to privileged containers");
      }
    }
  }

  private static void validateResizePolicy(Place policies) {
    Set<String> seen = new HashSet<>();
    for (Place policy : policies.items()) {
      Place resource = policy.at("resourceName");
      resource.present();
      resource.oneOf("cpu", "memory");
      if (!seen.add(resource.text())) {
        policy.duplicate(resource.text());
      }
      policy.at("restartPolicy").present();
      policy.at("restartPolicy").oneOf("NotRequired", "RestartContainer");
    }
  }

  static void subPath(Place path) {
    if (path.text().startsWith("/")) {
      path.invalid("must be a relative path");
    }
    if (path.text().contains("..") && List.of(path.text().split("/", -1)).contains("..")) {
      path.invalid("must not contain '..'");
    }
  }

  private static void validateDevices(Place devices, Set<String> volumes) {
    devices.distinct("name");
    for (Place device : devices.items()) {
      Place name = device.at("name");
      if (name.present() && !volumes.contains(name.text())) {
        name.notFound();
      }
      device.at("devicePath").present();
    }
  }
}
