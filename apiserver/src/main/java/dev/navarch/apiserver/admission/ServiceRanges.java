package dev.navarch.apiserver.admission;

import dev.navarch.api.ApiException;
import dev.navarch.client.Lister;
import io.fabric8.kubernetes.api.model.networking.v1.ServiceCIDR;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Where addresses of services come from: the range that the server was started with, and those of
/// ServiceCIDRs that are ready and stay.
record ServiceRanges(AddressRange first, Lister<ServiceCIDR> further) {

  private Stream<AddressRange> all() {
    Stream<AddressRange> added =
        further
            .all()
            .filter(ServiceRanges::isReady)
            .flatMap(range -> range.getSpec().getCidrs().stream())
            .filter(cidr -> !cidr.equals(first.text()))
            .flatMap(ServiceRanges::usable);
    return Stream.concat(Stream.of(first), added);
  }

  private static Stream<AddressRange> usable(String cidr) {
    try {
      return Stream.of(AddressRange.parse(cidr));
    } catch (ApiException otherFamilyOrSize) {
      return Stream.empty();
    }
  }

  private static boolean isReady(ServiceCIDR range) {
    return range.getMetadata().getDeletionTimestamp() == null
        && range.getStatus() != null
        && range.getStatus().getConditions().stream()
            .anyMatch(
                condition ->
                    condition.getType().equals("Ready") && condition.getStatus().equals("True"));
  }

  boolean contains(String address) {
    return all().anyMatch(range -> range.contains(address));
  }

  /// A free address of the first range that has one; empty when all are taken.
  Optional<String> pick(Set<String> taken, RandomGenerator random) {
    return all().flatMap(range -> range.pick(taken, random).stream()).findFirst();
  }

  @Override
  public String toString() {
    return all().map(AddressRange::text).collect(Collectors.joining(", "));
  }
}
