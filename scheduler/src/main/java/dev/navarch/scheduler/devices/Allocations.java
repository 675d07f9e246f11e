package dev.navarch.scheduler.devices;

import dev.navarch.scheduler.NodeView;
import io.fabric8.kubernetes.api.model.NodeSelector;
import io.fabric8.kubernetes.api.model.NodeSelectorBuilder;
import io.fabric8.kubernetes.api.model.NodeSelectorRequirement;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceAllocationConfiguration;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceAllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceRequestAllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.OpaqueDeviceConfiguration;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What was chosen for a claim as the API shows it: the devices, what drivers are told of them, and
/// from which nodes they can be reached.
final class Allocations {
  private Allocations() {}

  static AllocationResult of(ResourceClaim claim, List<Allocator.Pick> picks, NodeView node) {
    var devices = new DeviceAllocationResult();
    devices.setResults(
        IntStream.range(0, picks.size()).mapToObj(i -> result(claim, i, picks.get(i))).toList());
    devices.setConfig(configuration(claim, picks));
    var allocation = new AllocationResult();
    allocation.setDevices(devices);
    allocation.setNodeSelector(nodes(picks, node));
    return allocation;
  }

  private static DeviceRequestAllocationResult result(
      ResourceClaim claim, int index, Allocator.Pick pick) {
    var result = new DeviceRequestAllocationResult();
    DeviceId id = pick.offer().id();
    result.setRequest(pick.option().name());
    result.setDriver(id.driver());
    result.setPool(id.pool());
    result.setDevice(id.device());
    if (pick.option().admin()) {
      result.setAdminAccess(true);
    }
    result.setTolerations(pick.option().tolerations());
    result.setBindingConditions(Lists.of(pick.offer().device().getBindingConditions()));
    result.setBindingFailureConditions(
        Lists.of(pick.offer().device().getBindingFailureConditions()));
    pick.share()
        .ifPresent(
            share -> {
              Map<String, Quantity> consumed = new HashMap<>();
              share.forEach((name, amount) -> consumed.put(name, Capacity.model(amount)));
              result.setConsumedCapacity(consumed);
              result.setShareID(share(claim, index));
            });
    return result;
  }

  /// A name for a share that no other has, not even one that the claim had before.
  private static String share(ResourceClaim claim, int index) {
    var meta = claim.getMetadata();
    String facts = meta.getUid() + "/" + meta.getResourceVersion() + "/" + index;
    return UUID.nameUUIDFromBytes(facts.getBytes(StandardCharsets.UTF_8)).toString();
  }

  /// First what classes say, then what the claim says, so that the claim has the last word.
  private static List<DeviceAllocationConfiguration> configuration(
      ResourceClaim claim, List<Allocator.Pick> picks) {
    List<DeviceAllocationConfiguration> all = new ArrayList<>();
    Map<String, Request.Option> chosen = new LinkedHashMap<>();
    picks.forEach(pick -> chosen.putIfAbsent(pick.option().name(), pick.option()));
    chosen.forEach(
        (name, option) ->
            Lists.of(option.deviceClass().getSpec().getConfig())
                .forEach(
                    config ->
                        all.add(configuration("FromClass", List.of(name), config.getOpaque()))));
    var asked = claim.getSpec().getDevices();
    if (asked != null) {
      Lists.of(asked.getConfig()).stream()
          .filter(config -> concerns(Lists.of(config.getRequests()), chosen.keySet()))
          .forEach(
              config ->
                  all.add(
                      configuration(
                          "FromClaim", Lists.of(config.getRequests()), config.getOpaque())));
    }
    return all;
  }

  private static boolean concerns(List<String> requests, Set<String> chosen) {
    return requests.isEmpty()
        || requests.stream()
            .anyMatch(
                name ->
                    chosen.contains(name)
                        || chosen.stream().anyMatch(one -> one.startsWith(name + "/")));
  }

  private static DeviceAllocationConfiguration configuration(
      String source, List<String> requests, @Nullable OpaqueDeviceConfiguration opaque) {
    var configuration = new DeviceAllocationConfiguration();
    configuration.setSource(source);
    configuration.setRequests(requests);
    configuration.setOpaque(opaque);
    return configuration;
  }

  /// All that is said of nodes for any of the devices; null when they are reached from everywhere.
  private static @Nullable NodeSelector nodes(List<Allocator.Pick> picks, NodeView node) {
    if (picks.stream().anyMatch(pick -> pick.offer().isOfOneNode())) {
      return new NodeSelectorBuilder()
          .addNewNodeSelectorTerm()
          .withMatchFields(new NodeSelectorRequirement("metadata.name", "In", List.of(node.name())))
          .endNodeSelectorTerm()
          .build();
    }
    Set<NodeSelectorRequirement> labels = new LinkedHashSet<>();
    Set<NodeSelectorRequirement> fields = new LinkedHashSet<>();
    picks.stream()
        .flatMap(pick -> Stream.ofNullable(pick.offer().nodes()))
        .flatMap(selector -> selector.getNodeSelectorTerms().stream())
        .forEach(
            term -> {
              labels.addAll(Lists.of(term.getMatchExpressions()));
              fields.addAll(Lists.of(term.getMatchFields()));
            });
    return labels.isEmpty() && fields.isEmpty()
        ? null
        : new NodeSelectorBuilder()
            .addNewNodeSelectorTerm()
            .withMatchExpressions(List.copyOf(labels))
            .withMatchFields(List.copyOf(fields))
            .endNodeSelectorTerm()
            .build();
  }
}
