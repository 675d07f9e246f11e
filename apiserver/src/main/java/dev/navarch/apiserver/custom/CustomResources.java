package dev.navarch.apiserver.custom;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Kind;
import dev.navarch.api.Kinds;
import dev.navarch.apiserver.kinds.KindRules;
import dev.navarch.apiserver.kinds.KindRulesList;
import dev.navarch.apiserver.registry.StoredForm;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The kinds that are served at this moment: the built-in ones, and those of established
/// definitions. Readers see one immutable state and take no lock; built-in kinds are found first.
public final class CustomResources implements Kinds {
  private static final KindRules DEFINITIONS = new DefinitionRules();
  private final BuiltInKinds builtIn;
  private volatile State state;

  private record Place(String group, String version, String plural) {
    static Place of(Kind kind) {
      return new Place(kind.group(), kind.version(), kind.plural());
    }
  }

  private record State(
      Map<String, CustomResource> resources,
      Map<Place, CustomResource.Version> versions,
      Map<String, Kind> served,
      List<Kind> all) {}

  public CustomResources(BuiltInKinds builtIn) {
    this.builtIn = builtIn;
    this.state = new State(Map.of(), Map.of(), Map.of(), List.copyOf(builtIn.all()));
  }

  @Override
  public Collection<Kind> all() {
    return state.all;
  }

  @Override
  public Optional<Kind> byResource(String group, String version, String plural) {
    Optional<Kind> known = builtIn.byResource(group, version, plural);
    return known.isPresent()
        ? known
        : Optional.ofNullable(state.versions.get(new Place(group, version, plural)))
            .filter(CustomResource.Version::served)
            .map(CustomResource.Version::kind);
  }

  @Override
  public Optional<Kind> byKind(String apiVersion, String kind) {
    Optional<Kind> known = builtIn.byKind(apiVersion, kind);
    return known.isPresent()
        ? known
        : Optional.ofNullable(state.served.get(apiVersion + " " + kind));
  }

  /// What a kind needs beyond its schema.
  public KindRules rules(Kind kind) {
    if (kind.isCustom()) {
      return version(kind).rules();
    }
    return kind.kind().equals("CustomResourceDefinition")
        ? DEFINITIONS
        : KindRulesList.rulesFor(kind.group(), kind.kind());
  }

  /// How objects of a custom kind are stored.
  public StoredForm form(Kind kind) {
    return version(kind).form();
  }

  /// The version in which objects of a custom kind are stored.
  public Kind stored(Kind kind) {
    return find(kind.resource()).map(resource -> resource.storage().kind()).orElse(kind);
  }

  /// @throws ApiException NoSuchPath for a kind that was served until a moment ago
  private CustomResource.Version version(Kind kind) {
    CustomResource.Version version = state.versions.get(Place.of(kind));
    if (version == null) {
      throw new ApiException(new ApiError.NoSuchPath());
    }
    return version;
  }

  Optional<CustomResource> find(ApiError.Resource resource) {
    return Optional.ofNullable(state.resources.get(resource.toString()));
  }

  Collection<CustomResource> installed() {
    return state.resources.values();
  }

  synchronized void install(CustomResource resource) {
    Map<String, CustomResource> resources = new TreeMap<>(state.resources);
    resources.put(resource.resource().toString(), resource);
    show(resources);
  }

  synchronized void remove(ApiError.Resource resource) {
    Map<String, CustomResource> resources = new TreeMap<>(state.resources);
    resources.remove(resource.toString());
    show(resources);
  }

  private void show(Map<String, CustomResource> resources) {
    Map<Place, CustomResource.Version> versions = new HashMap<>();
    Map<String, Kind> served = new HashMap<>();
    List<Kind> all = new ArrayList<>(builtIn.all());
    for (CustomResource resource : resources.values()) {
      for (CustomResource.Version version : resource.versions()) {
        Kind kind = version.kind();
        versions.put(Place.of(kind), version);
        if (version.served()) {
          served.put(kind.apiVersion() + " " + kind.kind(), kind);
          all.add(kind);
        }
      }
    }
    state = new State(Map.copyOf(resources), versions, served, List.copyOf(all));
  }
}
