package dev.navarch.node.pods;

import dev.navarch.client.Cluster;
import dev.navarch.client.Lister;
import dev.navarch.node.volumes.DownwardApi;
import dev.navarch.node.volumes.Ready;
import dev.navarch.node.volumes.SafeFiles;
import dev.navarch.node.volumes.VolumeException;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvFromSource;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.EnvVarSource;
import io.fabric8.kubernetes.api.model.FileKeySelector;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.Service;
import io.fabric8.kubernetes.api.model.ServicePort;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The environment variables of a container: those of the Services it may know, of `envFrom`, and
/// of `env`, each overriding the ones before.
record Environment(Cluster cluster, Lister<Service> services) {
  private static final long ENV_FILE_LIMIT = 64 << 10;

  /// @param volumes the pod's, by name, where the node has them
  Map<String, String> of(DownwardApi self, Container container, Map<String, Ready> volumes) {
    String namespace = self.pod().getMetadata().getNamespace();
    Map<String, String> known = new LinkedHashMap<>();
    boolean links = !Boolean.FALSE.equals(self.pod().getSpec().getEnableServiceLinks());
    serviceVariables(namespace, links, known);
    Map<String, String> result = new LinkedHashMap<>();
    container.getEnvFrom().forEach(from -> addAll(result, namespace, from));
    for (EnvVar variable : container.getEnv()) {
      Map<String, String> scope = new LinkedHashMap<>(known);
      scope.putAll(result);
      if (variable.getValueFrom() == null) {
        String text = variable.getValue() == null ? "" : variable.getValue();
        result.put(variable.getName(), Expansion.expand(text, scope));
      } else {
        value(self, container, variable.getValueFrom(), volumes)
            .ifPresent(value -> result.put(variable.getName(), value));
      }
    }
    known.forEach(result::putIfAbsent);
    return result;
  }

  private Optional<String> value(
      DownwardApi self, Container container, EnvVarSource source, Map<String, Ready> volumes) {
    String namespace = self.pod().getMetadata().getNamespace();
    try {
      if (source.getFieldRef() != null) {
        return Optional.of(self.field(source.getFieldRef().getFieldPath()));
      }
      if (source.getResourceFieldRef() != null) {
        return Optional.of(self.resource(source.getResourceFieldRef(), container));
      }
    } catch (VolumeException unknown) {
      throw new StartException(StartException.CONFIG, String.valueOf(unknown.getMessage()));
    }
    if (source.getConfigMapKeyRef() != null) {
      var ref = source.getConfigMapKeyRef();
      boolean optional = Boolean.TRUE.equals(ref.getOptional());
      return pick(
          configMap(namespace, ref.getName(), optional),
          ref.getKey(),
          optional,
          "ConfigMap " + namespace + "/" + ref.getName());
    }
    if (source.getSecretKeyRef() != null) {
      var ref = source.getSecretKeyRef();
      boolean optional = Boolean.TRUE.equals(ref.getOptional());
      return pick(
          secret(namespace, ref.getName(), optional),
          ref.getKey(),
          optional,
          "Secret " + namespace + "/" + ref.getName());
    }
    if (source.getFileKeyRef() != null) {
      return fromFile(source.getFileKeyRef(), volumes);
    }
    throw new StartException(StartException.CONFIG, "env.valueFrom names no source");
  }

  private static Optional<String> fromFile(FileKeySelector ref, Map<String, Ready> volumes) {
    boolean optional = Boolean.TRUE.equals(ref.getOptional());
    String where = "file %s of volume %s".formatted(ref.getPath(), ref.getVolumeName());
    if (!(volumes.get(ref.getVolumeName()) instanceof Ready.OnDisk(Path volume, boolean _))) {
      throw new StartException(
          StartException.CONFIG, "volume \"%s\" not found".formatted(ref.getVolumeName()));
    }
    try {
      byte[] text = SafeFiles.read(volume, ref.getPath(), ENV_FILE_LIMIT);
      var variables = EnvFile.parse(new String(text, StandardCharsets.UTF_8));
      return pick(variables, ref.getKey(), optional, where);
    } catch (NoSuchFileException missing) {
      if (optional) {
        return Optional.empty();
      }
      throw new StartException(StartException.CONFIG, "couldn't find " + where);
    } catch (IOException e) {
      throw new StartException(
          StartException.CONFIG, "couldn't read %s: %s".formatted(where, e.getMessage()));
    } catch (EnvFile.Malformed e) {
      throw new StartException(
          StartException.CONFIG, "couldn't parse %s: %s".formatted(where, e.why()));
    }
  }

  private static Optional<String> pick(
      Map<String, String> data, String key, boolean optional, String where) {
    String value = data.get(key);
    if (value == null && !optional) {
      throw new StartException(
          StartException.CONFIG, "couldn't find key %s in %s".formatted(key, where));
    }
    return Optional.ofNullable(value);
  }

  private void addAll(Map<String, String> result, String namespace, EnvFromSource from) {
    String prefix = from.getPrefix() == null ? "" : from.getPrefix();
    Map<String, String> data = Map.of();
    if (from.getConfigMapRef() != null) {
      var ref = from.getConfigMapRef();
      data = configMap(namespace, ref.getName(), Boolean.TRUE.equals(ref.getOptional()));
    } else if (from.getSecretRef() != null) {
      var ref = from.getSecretRef();
      data = secret(namespace, ref.getName(), Boolean.TRUE.equals(ref.getOptional()));
    }
    new TreeMap<>(data).forEach((key, value) -> result.put(prefix + key, value));
  }

  private Map<String, String> configMap(String namespace, @Nullable String name, boolean optional) {
    Optional<ConfigMap> found = cluster.find(ConfigMap.class, namespace, name == null ? "" : name);
    if (found.isEmpty() && !optional) {
      throw new StartException(StartException.CONFIG, "configmap \"%s\" not found".formatted(name));
    }
    return found.map(ConfigMap::getData).orElse(Map.of());
  }

  private Map<String, String> secret(String namespace, @Nullable String name, boolean optional) {
    Optional<Secret> found = cluster.find(Secret.class, namespace, name == null ? "" : name);
    if (found.isEmpty() && !optional) {
      throw new StartException(StartException.CONFIG, "secret \"%s\" not found".formatted(name));
    }
    Map<String, String> data = new TreeMap<>();
    found.ifPresent(
        secret ->
            secret
                .getData()
                .forEach(
                    (key, base64) ->
                        data.put(
                            key,
                            new String(
                                Base64.getDecoder().decode(base64), StandardCharsets.UTF_8))));
    return data;
  }

  /// The API server's Service is always known; the namespace's own ones if the pod wants links.
  private void serviceVariables(String namespace, boolean links, Map<String, String> into) {
    services.find("default", "kubernetes").ifPresent(service -> add(service, into));
    if (links) {
      services
          .in(namespace)
          .sorted(java.util.Comparator.comparing(service -> service.getMetadata().getName()))
          .forEach(service -> add(service, into));
    }
  }

  private static void add(Service service, Map<String, String> into) {
    String ip = service.getSpec().getClusterIP();
    if (ip == null || ip.isEmpty() || ip.equals("None") || service.getSpec().getPorts().isEmpty()) {
      return;
    }
    String prefix = service.getMetadata().getName().toUpperCase(Locale.ROOT).replace('-', '_');
    String host = ip.contains(":") ? "[" + ip + "]" : ip;
    ServicePort first = service.getSpec().getPorts().getFirst();
    into.put(prefix + "_SERVICE_HOST", ip);
    into.put(prefix + "_SERVICE_PORT", String.valueOf(first.getPort()));
    for (ServicePort port : service.getSpec().getPorts()) {
      if (port.getName() != null && !port.getName().isEmpty()) {
        String name = port.getName().toUpperCase(Locale.ROOT).replace('-', '_');
        into.put(prefix + "_SERVICE_PORT_" + name, String.valueOf(port.getPort()));
      }
    }
    into.put(prefix + "_PORT", url(first, host));
    for (ServicePort port : service.getSpec().getPorts()) {
      String protocol = protocol(port);
      String base = "%s_PORT_%d_%s".formatted(prefix, port.getPort(), protocol);
      into.put(base, url(port, host));
      into.put(base + "_PROTO", protocol.toLowerCase(Locale.ROOT));
      into.put(base + "_PORT", String.valueOf(port.getPort()));
      into.put(base + "_ADDR", ip);
    }
  }

  private static String url(ServicePort port, String host) {
    return "%s://%s:%d".formatted(protocol(port).toLowerCase(Locale.ROOT), host, port.getPort());
  }

  private static String protocol(ServicePort port) {
    return port.getProtocol() == null ? "TCP" : port.getProtocol();
  }
}
