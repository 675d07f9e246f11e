package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Defaults.ifObject;
import static dev.navarch.apiserver.kinds.Defaults.objects;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// The volumes of a pod: each has a name and exactly one source.
final class Volumes {
  /// 0644, as a decimal.
  private static final int DEFAULT_MODE = 420;

  private static final int MOST_MODE = 511;
  private static final long TOKEN_SECONDS = 3600;
  private static final List<String> PROJECTIONS =
      List.of(
          "secret",
          "configMap",
          "downwardAPI",
          "serviceAccountToken",
          "clusterTrustBundle",
          "podCertificate");

  private Volumes() {}

  static void setDefaults(ObjectNode volume) {
    if (volume.isEmpty() || (volume.size() == 1 && volume.has("name"))) {
      volume.putObject("emptyDir");
    }
    for (String source : List.of("secret", "configMap", "downwardAPI", "projected")) {
      ifObject(volume, source).ifPresent(files -> Defaults.put(files, "defaultMode", DEFAULT_MODE));
    }
    ifObject(volume, "downwardAPI").ifPresent(Volumes::setItemDefaults);
    ifObject(volume, "hostPath").ifPresent(path -> Defaults.put(path, "type", ""));
    ifObject(volume, "projected")
        .ifPresent(all -> objects(all.path("sources")).forEach(Volumes::setProjectionDefaults));
    ifObject(volume, "ephemeral")
        .flatMap(ephemeral -> ifObject(ephemeral, "volumeClaimTemplate"))
        .flatMap(template -> ifObject(template, "spec"))
        .ifPresent(spec -> Defaults.put(spec, "volumeMode", "Filesystem"));
    ifObject(volume, "image")
        .ifPresent(
            image ->
                Defaults.put(
                    image,
                    "pullPolicy",
                    Containers.pullPolicy(image.path("reference").asString(""))));
  }

  private static void setProjectionDefaults(ObjectNode source) {
    ifObject(source, "serviceAccountToken")
        .ifPresent(token -> Defaults.put(token, "expirationSeconds", TOKEN_SECONDS));
    ifObject(source, "downwardAPI").ifPresent(Volumes::setItemDefaults);
  }

  private static void setItemDefaults(ObjectNode downward) {
    objects(downward.path("items")).forEach(Env::setFieldDefaults);
  }

  /// Reports what is wrong, and returns the names that mounts may use.
  static Set<String> validate(Place volumes) {
    volumes.distinct("name");
    Set<String> names = new HashSet<>();
    for (Place volume : volumes.items()) {
      validateVolume(volume);
      names.add(volume.at("name").text());
    }
    return names;
  }

  private static void validateVolume(Place volume) {
    if (volume.at("name").present()) {
      volume.at("name").dnsLabel();
    }
    boolean any = false;
    for (var field : volume.node().properties()) {
      if (field.getKey().equals("name") || field.getValue().isNull()) {
        continue;
      }
      Place source = volume.at(field.getKey());
      if (any) {
        source.forbidden("may not specify more than 1 volume type");
      } else {
        validateSource(source);
      }
      any = true;
    }
    if (!any) {
      volume.required("must specify a volume type");
    }
  }

  private static void validateSource(Place source) {
    String kind = source.mapField();
    switch (kind) {
      case "secret" -> {
        source.at("secretName").present();
        validateFiles(source);
      }
      case "configMap" -> {
        source.at("name").present();
        validateFiles(source);
      }
      case "downwardAPI" -> {
        mode(source.at("defaultMode"));
        source.at("items").items().forEach(Volumes::validateDownwardFile);
      }
      case "projected" -> {
        mode(source.at("defaultMode"));
        source.at("sources").items().forEach(Volumes::validateProjection);
      }
      case "hostPath" -> {
        source.at("path").present();
        if (List.of(source.at("path").text().split("/", -1)).contains("..")) {
          source.at("path").invalid("must not contain '..'");
        }
      }
      case "persistentVolumeClaim" -> source.at("claimName").present();
      case "csi" -> {
        if (source.at("driver").present()) {
          source.at("driver").dnsSubdomain();
        }
      }
      case "gitRepo" -> source.at("repository").present();
      case "iscsi" -> {
        source.at("targetPortal").present();
        source.at("iqn").present();
      }
      case "image" -> source.at("reference").present();
      case "nfs" -> {
        source.at("server").present();
        if (source.at("path").present() && !source.at("path").text().startsWith("/")) {
          source.at("path").invalid("must be an absolute path");
        }
      }
      case "emptyDir" -> {
        if (source.at("sizeLimit").isSet()) {
          Resources.nonNegative(source.at("sizeLimit"));
        }
      }
      case "ephemeral" -> {
        if (source.at("volumeClaimTemplate").present()) {
          PersistentVolumeClaims.validateSpec(source.at("volumeClaimTemplate", "spec"));
        }
      }
      default -> {}
    }
  }

  private static void validateFiles(Place source) {
    mode(source.at("defaultMode"));
    for (Place item : source.at("items").items()) {
      item.at("key").present();
      relativePath(item.at("path"));
      mode(item.at("mode"));
    }
  }

  private static void validateProjection(Place source) {
    List<Place> set = source.anyOf(PROJECTIONS);
    for (int i = 1; i < set.size(); i++) {
      set.get(i).forbidden("may not specify more than 1 volume type");
    }
    source.ifSet("secret").ifPresent(Volumes::validateNamedFiles);
    source.ifSet("configMap").ifPresent(Volumes::validateNamedFiles);
    source
        .ifSet("downwardAPI")
        .ifPresent(files -> files.at("items").items().forEach(Volumes::validateDownwardFile));
    source.ifSet("serviceAccountToken").ifPresent(Volumes::validateToken);
  }

  private static void validateNamedFiles(Place source) {
    source.at("name").present();
    validateFiles(source);
  }

  private static void validateToken(Place token) {
    Place seconds = token.at("expirationSeconds");
    if (seconds.isSet() && seconds.number(0) < 600) {
      seconds.invalid("may not specify a duration less than 10 minutes");
    }
    if (seconds.number(0) > 1L << 32) {
      seconds.invalid("may not specify a duration larger than 2^32 seconds");
    }
    relativePath(token.at("path"));
  }

  private static void validateDownwardFile(Place file) {
    relativePath(file.at("path"));
    if (file.at("fieldRef").isSet()) {
      Env.validateFileField(file.at("fieldRef"));
      if (file.at("resourceFieldRef").isSet()) {
        file.invalidText(
            "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
      }
    } else if (file.at("resourceFieldRef").isSet()) {
      file.at("resourceFieldRef").at("containerName").present();
      Env.validateResource(file.at("resourceFieldRef"));
    } else {
      file.required("one of fieldRef and resourceFieldRef is required");
    }
    mode(file.at("mode"));
  }

  private static void relativePath(Place path) {
    if (path.present()) {
      Containers.subPath(path);
    }
  }

  private static void mode(Place mode) {
    if (mode.isSet() && (mode.number(0) < 0 || mode.number(0) > MOST_MODE)) {
      mode.invalid("must be a number between 0 and 0777 (octal), both inclusive");
    }
  }
}
