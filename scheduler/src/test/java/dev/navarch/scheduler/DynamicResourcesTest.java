package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Key;
import dev.navarch.scheduler.plugins.DynamicResources;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.resource.v1.AllocationResult;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceClass;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import io.fabric8.kubernetes.api.model.resource.v1.ResourceSlice;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Which devices claims get, and on which nodes.
class DynamicResourcesTest {
  private static final String GPUS =
      """
      {'name':'g0','attributes':{'model':{'string':'small'},'numa':{'int':0}},'capacity':{'memory':{'value':'10Gi'}}},
      {'name':'g1','attributes':{'model':{'string':'big'},'numa':{'int':0}},'capacity':{'memory':{'value':'40Gi'}}},
      {'name':'g2','attributes':{'model':{'string':'big'},'numa':{'int':1}},'capacity':{'memory':{'value':'40Gi'}}},
      {'name':'g3','attributes':{'model':{'string':'ill'}},'taints':[{'key':'ill','effect':'NoSchedule'}]}\
      """;

  private final DynamicResources plugin = new DynamicResources();
  private final Situation situation = new Situation();

  @BeforeEach
  void cluster() {
    situation.node("a", "zone=east").node("b", "zone=west");
    situation.devices(DeviceClass.class, "{'metadata':{'name':'gpu'},'spec':{}}");
    situation.devices(
        DeviceClass.class,
        "{'metadata':{'name':'big'},'spec':{'selectors':[{'cel':{'expression':'model=big'}}]}}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          {'name':'r','exactly':{'deviceClassName':'gpu'}}                                   | r=g0
          {'name':'r','exactly':{'deviceClassName':'big'}}                                   | r=g1
          {'name':'r','exactly':{'deviceClassName':'gpu','count':3}}                         | r=g0 r=g1 r=g2
          {'name':'r','exactly':{'deviceClassName':'gpu','count':4}}                         | none
          {'name':'r','exactly':{'deviceClassName':'gpu','count':4,'tolerations':[{'key':'ill','operator':'Exists'}]}} | r=g0 r=g1 r=g2 r=g3
          {'name':'r','exactly':{'deviceClassName':'gpu','count':4,'tolerations':[{'key':'ill','value':'x'}]}} | none
          {'name':'r','exactly':{'deviceClassName':'big','allocationMode':'All'}}            | r=g1 r=g2
          {'name':'r','exactly':{'deviceClassName':'gpu','allocationMode':'All'}}            | none
          {'name':'r','exactly':{'deviceClassName':'gpu','selectors':[{'cel':{'expression':'model=big'}}]}} | r=g1
          {'name':'r','exactly':{'deviceClassName':'gpu','selectors':[{'cel':{'expression':'model=none'}}]}} | none
          {'name':'r','exactly':{'deviceClassName':'gpu','capacity':{'requests':{'memory':'20Gi'}}}} | r=g1
          {'name':'r','exactly':{'deviceClassName':'gpu','capacity':{'requests':{'memory':'80Gi'}}}} | none
          {'name':'r','firstAvailable':[{'name':'two','deviceClassName':'big','count':3},{'name':'one','deviceClassName':'gpu','count':1}]} | r/one=g0
          {'name':'r','exactly':{'deviceClassName':'big','count':2}},{'name':'s','exactly':{'deviceClassName':'gpu'}} | r=g1 r=g2 s=g0
          {'name':'r','exactly':{'deviceClassName':'gpu'}},{'name':'s','exactly':{'deviceClassName':'big','count':2}} | r=g0 s=g1 s=g2
          """)
  void aRequestIsServed(String requests, String expected) {
    slice("a", "p", GPUS);
    claim("c", requests, "");

    assertThat(given("a")).isEqualTo(expected);
    assertThat(reasons("b")).containsExactly("cannot allocate all claims");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          {'matchAttribute':'gpu.example.com/numa'}                    | r=g0 s=g1
          {'matchAttribute':'gpu.example.com/model'}                   | r=g1 s=g2
          {'distinctAttribute':'gpu.example.com/numa'}                 | r=g0 s=g2
          {'matchAttribute':'gpu.example.com/color'}                   | none
          {'matchAttribute':'gpu.example.com/model','requests':['r']}  | r=g0 s=g1
          """)
  void constraintsHold(String constraint, String expected) {
    slice("a", "p", GPUS);
    claim(
        "c",
        "{'name':'r','exactly':{'deviceClassName':'gpu'}},{'name':'s','exactly':{'deviceClassName':'gpu'}}",
        constraint);

    assertThat(given("a")).isEqualTo(expected);
  }

  @Test
  void whatOthersHaveIsNotGivenAgainExceptToAdministrators() {
    slice("a", "p", "{'name':'only'}");
    allocated("others", "{'request':'r','driver':'gpu.example.com','pool':'p','device':'only'}");
    claim("c", "{'name':'r','exactly':{'deviceClassName':'gpu'}}", "");
    assertThat(given("a")).isEqualTo("none");

    claim("c", "{'name':'r','exactly':{'deviceClassName':'gpu','adminAccess':true}}", "");
    assertThat(given("a")).isEqualTo("r=only");
    allocated(
        "others",
        "{'request':'r','driver':'gpu.example.com','pool':'p','device':'only','adminAccess':true}");
    claim("c", "{'name':'r','exactly':{'deviceClassName':'gpu'}}", "");
    assertThat(given("a")).isEqualTo("r=only");
  }

  @Test
  void devicesThatHaveToBeMadeReadyAreGivenLast() {
    slice("a", "p", "{'name':'fabric','bindingConditions':['Attached']},{'name':'here'}");
    claim("c", "{'name':'r','exactly':{'deviceClassName':'gpu'}}", "");
    assertThat(given("a")).isEqualTo("r=here");
    allocated("others", "{'request':'r','driver':'gpu.example.com','pool':'p','device':'here'}");
    assertThat(given("a")).isEqualTo("r=fabric");
    assertThat(
            plan("a")
                .steps()
                .getFirst()
                .allocation()
                .orElseThrow()
                .getDevices()
                .getResults()
                .getFirst()
                .getBindingConditions())
        .containsExactly("Attached");
  }

  @Test
  void aPoolThatIsBeingChangedOffersNothing() {
    situation.devices(ResourceSlice.class, slice("old", "a", "p", 1, 1, "{'name':'old'}"));
    claim("c", "{'name':'r','exactly':{'deviceClassName':'gpu'}}", "");
    assertThat(given("a")).isEqualTo("r=old");

    situation.devices(ResourceSlice.class, slice("new-1", "a", "p", 2, 2, "{'name':'new-1'}"));
    assertThat(given("a")).isEqualTo("none");
    situation.devices(ResourceSlice.class, slice("new-2", "a", "p", 2, 2, "{'name':'new-2'}"));
    assertThat(given("a")).isEqualTo("r=new-1");
  }

  @Test
  void sharedCountersLimitPartitions() {
    situation.devices(
        ResourceSlice.class,
        """
        {'metadata':{'name':'s'},'spec':{'driver':'gpu.example.com','nodeName':'a',
          'pool':{'name':'p','generation':1,'resourceSliceCount':1},
          'sharedCounters':[{'name':'gpu','counters':{'memory':{'value':'40Gi'}}}],
          'devices':[
            {'name':'whole','consumesCounters':[{'counterSet':'gpu','counters':{'memory':{'value':'40Gi'}}}]},
            {'name':'half-1','consumesCounters':[{'counterSet':'gpu','counters':{'memory':{'value':'20Gi'}}}]},
            {'name':'half-2','consumesCounters':[{'counterSet':'gpu','counters':{'memory':{'value':'20Gi'}}}]}]}}
        """);
    claim("c", "{'name':'r','exactly':{'deviceClassName':'gpu','count':2}}", "");
    assertThat(given("a")).isEqualTo("r=half-1 r=half-2");

    allocated("others", "{'request':'r','driver':'gpu.example.com','pool':'p','device':'half-1'}");
    claim("c", "{'name':'r','exactly':{'deviceClassName':'gpu'}}", "");
    assertThat(given("a")).isEqualTo("r=half-2");
    allocated("others", "{'request':'r','driver':'gpu.example.com','pool':'p','device':'whole'}");
    assertThat(given("a")).isEqualTo("none");
  }

  @Test
  void aDeviceThatSeveralMayHaveIsSharedByItsCapacity() {
    slice(
        "a",
        "p",
        """
        {'name':'nic','allowMultipleAllocations':true,'capacity':{'bandwidth':{'value':'10G',
          'requestPolicy':{'default':'1G','validRange':{'min':'1G','step':'2G'}}}}}
        """);
    allocated(
        "others",
        """
        {'request':'r','driver':'gpu.example.com','pool':'p','device':'nic','shareID':'x',
          'consumedCapacity':{'bandwidth':'4G'}}
        """);
    claim(
        "c",
        "{'name':'r','exactly':{'deviceClassName':'gpu','capacity':{'requests':{'bandwidth':'4G'}}}}",
        "");

    var result = plan("a").steps().getFirst().allocation().orElseThrow();
    var share = result.getDevices().getResults().getFirst();
    assertThat(share.getConsumedCapacity()).containsEntry("bandwidth", new Quantity("5G"));
    assertThat(share.getShareID()).isNotEmpty();
    claim(
        "c",
        "{'name':'r','exactly':{'deviceClassName':'gpu','capacity':{'requests':{'bandwidth':'6G'}}}}",
        "");
    assertThat(given("a")).isEqualTo("none");
  }

  @Test
  void devicesOfSeveralNodesSayFromWhereTheyAreReached() {
    situation.devices(
        ResourceSlice.class,
        """
        {'metadata':{'name':'s'},'spec':{'driver':'gpu.example.com',
          'nodeSelector':{'nodeSelectorTerms':[{'matchExpressions':[{'key':'zone','operator':'In','values':['west']}]}]},
          'pool':{'name':'p','generation':1,'resourceSliceCount':1},'devices':[{'name':'far'}]}}
        """);
    claim("c", "{'name':'r','exactly':{'deviceClassName':'gpu'}}", "");
    assertThat(given("a")).isEqualTo("none");
    assertThat(given("b")).isEqualTo("r=far");

    AllocationResult result = plan("b").steps().getFirst().allocation().orElseThrow();
    ResourceClaim claim =
        situation.snapshot().devices().claim(new Key("default", "c")).orElseThrow();
    situation
        .snapshot()
        .devices()
        .put(
            new DevicePlan.Step(claim, Optional.of(result))
                .applied(claim, Situation.pod("someone"), "2026-01-01T00:00:00Z"));
    assertThat(reasons("a")).containsExactly("resourceclaim not available on the node");
    assertThat(reasons("b")).isEmpty();
  }

  @Test
  void whatWasDecidedForOnePodCountsForTheNext() {
    slice("a", "p", "{'name':'only'}");
    claim("c", "{'name':'r','exactly':{'deviceClassName':'gpu'}}", "");
    DevicePlan plan = plan("a");
    var devices = situation.snapshot().devices();
    devices.assume(plan.steps().getFirst().applied(plan.steps().getFirst().claim(), pod(), ""));
    claim("d", "{'name':'r','exactly':{'deviceClassName':'gpu'}}", "");
    PodView next = user("next", "d");

    assertThat(situation.reasons(plugin, next, "a")).containsExactly("cannot allocate all claims");
    assertThat(plugin.refusal(user("other", "c"), situation.snapshot()))
        .hasValue("resource claim c is in the process of being allocated");
    devices.forget(new Key("default", "c"));
    assertThat(situation.reasons(plugin, next, "a")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          {'name':'r','exactly':{'deviceClassName':'none'}} | request r: device class none does not exist
          {'name':'r','exactly':{'deviceClassName':'gpu','selectors':[{'cel':{'expression':'what'}}]}} | cannot read what
          """)
  void aClaimThatCannotBeReadIsRefusedEverywhere(String request, String message) {
    slice("a", "p", GPUS);
    claim("c", request, "");

    assertThat(plugin.refusal(pod(), situation.snapshot())).hasValue(message);
  }

  @Test
  void aSelectorThatFailsSaysOnWhat() {
    slice("a", "p", GPUS);
    claim(
        "c",
        "{'name':'r','exactly':{'deviceClassName':'gpu','selectors':[{'cel':{'expression':'broken'}}]}}",
        "");

    assertThat(reasons("a")).containsExactly("broken on g0");
  }

  @Test
  void aClaimThatIsNotThereIsWaitedFor() {
    assertThat(plugin.refusal(pod(), situation.snapshot()))
        .hasValue("resourceclaim.resource.k8s.io \"c\" not found");
  }

  @Test
  void theConfigurationOfClassesComesBeforeTheClaims() {
    situation.devices(
        DeviceClass.class,
        "{'metadata':{'name':'gpu'},'spec':{'config':[{'opaque':{'driver':'gpu.example.com','parameters':{'a':1}}}]}}");
    slice("a", "p", GPUS);
    situation.devices(
        ResourceClaim.class,
        """
        {'metadata':{'namespace':'default','name':'c','resourceVersion':'5'},'spec':{'devices':{
          'requests':[{'name':'r','exactly':{'deviceClassName':'gpu'}}],
          'config':[{'opaque':{'driver':'gpu.example.com','parameters':{'a':2}}},
            {'requests':['other'],'opaque':{'driver':'gpu.example.com','parameters':{'a':3}}}]}}}
        """);

    var config = plan("a").steps().getFirst().allocation().orElseThrow().getDevices().getConfig();
    assertThat(config)
        .extracting(one -> one.getSource() + one.getRequests())
        .containsExactly("FromClass[r]", "FromClaim[]");
  }

  private void slice(String node, String pool, String devices) {
    situation.devices(ResourceSlice.class, slice("slice-" + node, node, pool, 1, 1, devices));
  }

  private static String slice(
      String name, String node, String pool, int generation, int count, String devices) {
    return """
        {'metadata':{'name':'%s'},'spec':{'driver':'gpu.example.com','nodeName':'%s',
          'pool':{'name':'%s','generation':%d,'resourceSliceCount':%d},'devices':[%s]}}
        """
        .formatted(name, node, pool, generation, count, devices);
  }

  private void claim(String name, String requests, String constraints) {
    situation.devices(
        ResourceClaim.class,
        """
        {'metadata':{'namespace':'default','name':'%s','uid':'%s','resourceVersion':'5'},
          'spec':{'devices':{'requests':[%s],'constraints':[%s]}}}
        """
            .formatted(name, name, requests, constraints));
  }

  private void allocated(String name, String result) {
    situation.devices(
        ResourceClaim.class,
        """
        {'metadata':{'namespace':'default','name':'%s','uid':'%s','resourceVersion':'5'},'spec':{},
          'status':{'allocation':{'devices':{'results':[%s]}}}}
        """
            .formatted(name, name, result));
  }

  private static PodView pod() {
    return user("p", "c");
  }

  private static PodView user(String name, String claim) {
    return Situation.pod(
        name, "", "{'resourceClaims':[{'name':'x','resourceClaimName':'%s'}]}".formatted(claim));
  }

  private List<String> reasons(String node) {
    return situation.reasons(plugin, pod(), node);
  }

  private DevicePlan plan(String node) {
    return DynamicResources.plan(
        pod(), situation.snapshot().node(node).orElseThrow(), situation.snapshot().devices());
  }

  /// What the pod's claim gets, as `request=device …`.
  private String given(String node) {
    if (!reasons(node).isEmpty()) {
      assertThat(reasons(node)).containsExactly("cannot allocate all claims");
      return "none";
    }
    return plan(node)
        .steps()
        .getFirst()
        .allocation()
        .orElseThrow()
        .getDevices()
        .getResults()
        .stream()
        .map(result -> result.getRequest() + "=" + result.getDevice())
        .collect(Collectors.joining(" "));
  }
}
