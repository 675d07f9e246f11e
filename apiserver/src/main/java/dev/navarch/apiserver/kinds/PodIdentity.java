package dev.navarch.apiserver.kinds;

import dev.navarch.api.selectors.NameChecks;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The names that a pod has and uses: its host name, its account, its DNS, what it waits for.
final class PodIdentity {
  private static final int MOST_SERVERS = 3;
  private static final int MOST_SEARCHES = 32;
  private static final int SEARCH_LETTERS = 2048;

  private PodIdentity() {}

  static void validate(Place spec) {
    for (String field : List.of("hostname", "subdomain")) {
      if (!spec.at(field).isEmpty()) {
        spec.at(field).dnsLabel();
      }
    }
    for (String field :
        List.of("serviceAccountName", "nodeName", "priorityClassName", "runtimeClassName")) {
      if (!spec.at(field).isEmpty()) {
        spec.at(field).dnsSubdomain();
      }
    }
    if (!spec.at("schedulerName").isEmpty()) {
      spec.at("schedulerName").names(NameChecks.qualifiedName(spec.at("schedulerName").text()));
    }
    spec.at("imagePullSecrets").items().forEach(secret -> secret.at("name").present());
    for (Place gate : spec.at("readinessGates").items()) {
      Place type = gate.at("conditionType");
      if (type.present()) {
        type.names(NameChecks.qualifiedName(type.text()));
      }
    }
    validateGates(spec.at("schedulingGates"));
    validateClaims(spec);
    validateDns(spec);
    for (Place alias : spec.at("hostAliases").items()) {
      Addresses.validate(alias.at("ip"));
      alias.at("hostnames").items().forEach(Place::dnsSubdomain);
    }
  }

  private static void validateGates(Place gates) {
    Set<String> seen = new HashSet<>();
    for (Place gate : gates.items()) {
      Place name = gate.at("name");
      name.names(NameChecks.qualifiedName(name.text()));
      if (!seen.add(name.text())) {
        gate.duplicate(name.text());
      }
    }
  }

  private static void validateClaims(Place spec) {
    Set<String> names = new HashSet<>();
    for (Place claim : spec.at("resourceClaims").items()) {
      Place name = claim.at("name");
      if (name.present()) {
        name.dnsLabel();
      }
      if (!name.isEmpty() && !names.add(name.text())) {
        name.duplicate();
      }
      boolean named = !claim.at("resourceClaimName").isEmpty();
      boolean templated = !claim.at("resourceClaimTemplateName").isEmpty();
      if (named && templated) {
        claim.invalid(
            "at most one of `resourceClaimName` or `resourceClaimTemplateName` may be specified");
      } else if (!named && !templated) {
        claim.invalid("must specify one of: `resourceClaimName`, `resourceClaimTemplateName`");
      }
    }
    for (String list : List.of("containers", "initContainers")) {
      for (Place container : spec.at(list).items()) {
        for (Place claim : container.at("resources", "claims").items()) {
          Place name = claim.at("name");
          if (name.present() && !names.contains(name.text())) {
            name.notFound();
          }
        }
      }
    }
  }

  private static void validateDns(Place spec) {
    Place config = spec.at("dnsConfig");
    Place servers = config.at("nameservers");
    if (spec.at("dnsPolicy").text().equals("None")) {
      if (!config.isSet()) {
        config.required("must provide `dnsConfig` when `dnsPolicy` is None");
      } else if (servers.isEmpty()) {
        servers.required("must provide at least one DNS nameserver when `dnsPolicy` is None");
      }
    }
    if (servers.items().size() > MOST_SERVERS) {
      servers.invalid("must not have more than %d nameservers".formatted(MOST_SERVERS));
    }
    servers.items().forEach(Addresses::validate);
    Place searches = config.at("searches");
    if (searches.items().size() > MOST_SEARCHES) {
      searches.invalid("must not have more than %d search paths".formatted(MOST_SEARCHES));
    }
    int letters = searches.items().stream().mapToInt(search -> search.text().length() + 1).sum();
    if (letters > SEARCH_LETTERS) {
      searches.invalid(
          "must not have more than %d characters (including spaces) in the search list"
              .formatted(SEARCH_LETTERS));
    }
    for (Place search : searches.items()) {
      String text = search.text();
      if (!text.equals(".")) {
        String path = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        search.names(NameChecks.dnsSubdomain(path.replace('_', '-')));
      }
    }
    config.at("options").items().forEach(option -> option.at("name").present("must not be empty"));
  }
}
