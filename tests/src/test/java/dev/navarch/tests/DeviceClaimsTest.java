package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.ResourceClaims;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaimTemplate;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A claim's way through API server, controllers and scheduler: made from a template, given
/// devices, reserved, and free again for the next pod.
@WithTestCluster
class DeviceClaimsTest {
  private static final String NAMESPACE = "devices";

  private final Cluster api;

  DeviceClaimsTest(TestCluster cluster) {
    this.api = cluster.api();
  }

  @BeforeEach
  void offerTwoDevicesOnOneNode() {
    if (api.find(Namespace.class, "", NAMESPACE).isEmpty()) {
      api.create(
          new NamespaceBuilder().withNewMetadata().withName(NAMESPACE).endMetadata().build());
    }
    create(
        DeviceClass.class,
        """
        {'apiVersion':'resource.k8s.io/v1','kind':'DeviceClass','metadata':{'name':'gpu.example.com'},
         'spec':{'selectors':[{'cel':{'expression':'device.driver == \\'gpu.example.com\\''}}]}}
        """);
    create(
        ResourceSlice.class,
        """
        {'apiVersion':'resource.k8s.io/v1','kind':'ResourceSlice','metadata':{'name':'slice'},
         'spec':{'driver':'gpu.example.com','nodeName':'simulated-1',
           'pool':{'name':'simulated-1','generation':1,'resourceSliceCount':1},
           'devices':[
             {'name':'small','capacity':{'memory':{'value':'10Gi'}}},
             {'name':'big','capacity':{'memory':{'value':'40Gi'}}}]}}
        """);
  }

  @AfterEach
  void tidy() {
    for (Pod pod : list(Pod.class)) {
      end(pod.getMetadata().getName());
    }
    await().until(() -> list(ResourceClaim.class).isEmpty());
    list(ResourceClaimTemplate.class).forEach(api::delete);
    api.delete(api.find(DeviceClass.class, "", "gpu.example.com").orElseThrow());
    api.delete(api.find(ResourceSlice.class, "", "slice").orElseThrow());
  }

  @Test
  void aDeviceGoesFromOnePodToTheNext() {
    template("big", "device.capacity['gpu.example.com'].memory.isGreaterThan(quantity('20Gi'))");
    pod("first", "big");
    await().until(() -> node("first").equals("simulated-1"));

    ResourceClaim claim = list(ResourceClaim.class).getFirst();
    var allocation = claim.getStatus().getAllocation();
    assertThat(allocation.getDevices().getResults())
        .singleElement()
        .satisfies(
            result -> {
              assertThat(result.getDevice()).isEqualTo("big");
              assertThat(result.getRequest()).isEqualTo("one");
            });
    assertThat(allocation.getNodeSelector().getNodeSelectorTerms()).hasSize(1);
    assertThat(allocation.getAllocationTimestamp()).isNotEmpty();
    assertThat(ResourceClaims.isReservedFor(claim, find("first"))).isTrue();
    assertThat(claim.getMetadata().getFinalizers()).containsExactly(ResourceClaims.FINALIZER);
    assertThat(find("first").getStatus().getResourceClaimStatuses())
        .extracting(status -> status.getResourceClaimName())
        .containsExactly(claim.getMetadata().getName());

    pod("second", "big");
    await()
        .untilAsserted(
            () ->
                assertThat(find("second").getStatus().getConditions())
                    .anyMatch(
                        condition ->
                            String.valueOf(condition.getMessage())
                                .contains(
                                    "0/3 nodes are available: 3 cannot allocate all claims.")));
    end("first");
    await().atMost(Duration.ofSeconds(20)).until(() -> node("second").equals("simulated-1"));
  }

  @Test
  void aDeviceWithoutTheAttributeThatIsAskedForIsAnErrorThatSaysSo() {
    template("odd", "device.attributes['gpu.example.com'].model == 'x'");
    pod("odd", "odd");

    await()
        .untilAsserted(
            () ->
                assertThat(find("odd").getStatus().getConditions())
                    .anyMatch(
                        condition ->
                            String.valueOf(condition.getMessage())
                                .contains("CEL runtime error: no such key: model")));
  }

  @Test
  void accessForAdministratorsNeedsAMarkedNamespace() {
    String claim =
        """
        {'apiVersion':'resource.k8s.io/v1','kind':'ResourceClaim','metadata':{'name':'%s','namespace':'devices'},
         'spec':{'devices':{'requests':[
           {'name':'one','exactly':{'deviceClassName':'gpu.example.com','adminAccess':true}}]}}}
        """;
    assertThatThrownBy(() -> create(ResourceClaim.class, claim.formatted("watcher")))
        .hasMessageContaining("spec.devices.requests[0].exactly.adminAccess: Forbidden: ")
        .hasMessageContaining("`resource.kubernetes.io/admin-access: true` label");
    Namespace marked = Objects.copy(api.find(Namespace.class, "", NAMESPACE).orElseThrow());
    marked.getMetadata().setLabels(Map.of("resource.kubernetes.io/admin-access", "true"));
    api.update(marked);
    create(ResourceClaim.class, claim.formatted("watcher"));
    api.delete(api.find(ResourceClaim.class, NAMESPACE, "watcher").orElseThrow());
  }

  @Test
  void aQuotaCountsTheDevicesOfAClass() {
    create(
        ResourceQuota.class,
        """
        {'apiVersion':'v1','kind':'ResourceQuota','metadata':{'name':'few','namespace':'devices'},
         'spec':{'hard':{'gpu.example.com.deviceclass.resource.k8s.io/devices':'1'}}}
        """);
    assertThatThrownBy(
            () ->
                create(
                    ResourceClaim.class,
                    """
                    {'apiVersion':'resource.k8s.io/v1','kind':'ResourceClaim','metadata':{'name':'two','namespace':'devices'},
                     'spec':{'devices':{'requests':[
                       {'name':'one','exactly':{'deviceClassName':'gpu.example.com','count':2}}]}}}
                    """))
        .hasMessageContaining("exceeded quota: few")
        .hasMessageContaining("gpu.example.com.deviceclass.resource.k8s.io/devices=2");
    api.delete(api.find(ResourceQuota.class, NAMESPACE, "few").orElseThrow());
  }

  private void template(String name, String expression) {
    create(
        ResourceClaimTemplate.class,
        """
        {'apiVersion':'resource.k8s.io/v1','kind':'ResourceClaimTemplate',
         'metadata':{'name':'%s','namespace':'devices'},'spec':{'spec':{'devices':{'requests':[
           {'name':'one','exactly':{'deviceClassName':'gpu.example.com',
             'selectors':[{'cel':{'expression':'%s'}}]}}]}}}}
        """
            .formatted(name, expression.replace("'", "\\'")));
  }

  private void pod(String name, String template) {
    create(
        Pod.class,
        """
        {'apiVersion':'v1','kind':'Pod','metadata':{'name':'%s','namespace':'devices'},'spec':{
          'resourceClaims':[{'name':'gpu','resourceClaimTemplateName':'%s'}],
          'containers':[{'name':'c','image':'example/web:1','resources':{'claims':[{'name':'gpu'}]}}]}}
        """
            .formatted(name, template));
  }

  private Pod find(String name) {
    return api.find(Pod.class, NAMESPACE, name).orElseThrow();
  }

  private String node(String pod) {
    String node = find(pod).getSpec().getNodeName();
    return node == null ? "" : node;
  }

  private void end(String pod) {
    api.delete(
        Resource.of(Pod.class),
        new Key(NAMESPACE, pod),
        new Cluster.DeleteOptions(Duration.ZERO, null, null, null));
  }

  private <T extends HasMetadata> List<T> list(Class<T> type) {
    return api.list(Resource.of(type), Cluster.ListOptions.in(NAMESPACE)).items();
  }

  /// JSON with single quotes; `\'` is a quote within a text.
  private <T extends HasMetadata> void create(Class<T> type, String json) {
    String text = json.replace("\\'", "\u0000").replace('\'', '"').replace("\u0000", "\\\"");
    api.create(Objects.read(text.getBytes(StandardCharsets.UTF_8), type));
  }
}
