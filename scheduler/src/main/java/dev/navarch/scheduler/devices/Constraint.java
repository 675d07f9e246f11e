package dev.navarch.scheduler.devices;

import io.fabric8.kubernetes.api.model.resource.v1.DeviceAttribute;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceConstraint;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What the devices of several requests of a claim have to have in common, or to differ in.
///
/// @param requests all of the claim when empty
/// @param attribute with its domain
/// @param same whether all have one value, else each its own
record Constraint(List<String> requests, String attribute, boolean same) {

  static Stream<Constraint> of(DeviceConstraint constraint) {
    List<String> requests = Lists.of(constraint.getRequests());
    return Stream.of(
            Optional.ofNullable(constraint.getMatchAttribute())
                .map(name -> new Constraint(requests, name, true)),
            Optional.ofNullable(constraint.getDistinctAttribute())
                .map(name -> new Constraint(requests, name, false)))
        .flatMap(Optional::stream);
  }

  /// @param request `request`, or `request/subrequest`
  boolean concerns(String request) {
    int slash = request.indexOf('/');
    return requests.isEmpty()
        || requests.contains(request)
        || (slash > 0 && requests.contains(request.substring(0, slash)));
  }

  /// @param others the devices that are chosen already for requests of this constraint
  boolean admits(Pool.Offer offer, Stream<Pool.Offer> others) {
    Optional<Object> value = value(offer);
    return value.isPresent()
        && others
            .map(this::value)
            .allMatch(other -> other.isPresent() && other.get().equals(value.get()) == same);
  }

  private Optional<Object> value(Pool.Offer offer) {
    Map<String, DeviceAttribute> attributes = Lists.of(offer.device().getAttributes());
    DeviceAttribute found = attributes.get(attribute);
    String own = offer.id().driver() + "/";
    if (found == null && attribute.startsWith(own)) {
      found = attributes.get(attribute.substring(own.length()));
    }
    if (found == null) {
      return Optional.empty();
    }
    record Version(String text) {}
    return Stream.<Optional<Object>>of(
            Optional.ofNullable(found.getString()),
            Optional.ofNullable(found.getInt()),
            Optional.ofNullable(found.getBool()),
            Optional.ofNullable(found.getVersion()).map(Version::new))
        .flatMap(Optional::stream)
        .findFirst();
  }
}
