package dev.navarch.scheduler;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.resource.v1.ResourceClaim;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class DeviceWaitsTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final Situation situation = new Situation();
  private final DeviceWaits waits = new DeviceWaits();
  private final PodView pod =
      Situation.pod("p", "", "{'resourceClaims':[{'name':'x','resourceClaimName':'c'}]}");

  private void claim(String told) {
    situation.devices(
        ResourceClaim.class,
        """
        {'metadata':{'namespace':'default','name':'c','resourceVersion':'5'},'spec':{},'status':{
          'allocation':{'devices':{'results':[
            {'request':'r','driver':'d','pool':'p','device':'plain'},
            {'request':'r','driver':'d','pool':'p','device':'fabric',
             'bindingConditions':['Attached','Wired'],'bindingFailureConditions':['Broken']}]}},
          'devices':[{'driver':'d','pool':'p','device':'fabric','conditions':[%s]}]}}
        """
            .formatted(told));
  }

  private Object outcome(Instant now) {
    var over = waits.over(situation.snapshot().devices(), now);
    return over.isEmpty() ? "waits" : over.getFirst();
  }

  @Test
  void aPodWaitsForAllConditionsOfItsDevices() {
    claim("");
    assertThat(DeviceWaits.isNeeded(pod, DevicePlan.NONE, situation.snapshot().devices())).isTrue();
    waits.add(pod, "a", NOW);
    assertThat(outcome(NOW)).isEqualTo("waits");
    claim("{'type':'Attached','status':'True'},{'type':'Wired','status':'False'}");
    assertThat(outcome(NOW)).isEqualTo("waits");
    claim("{'type':'Attached','status':'True'},{'type':'Wired','status':'True'}");
    assertThat(outcome(NOW)).isEqualTo(new DeviceWaits.Outcome.Ready(pod, "a"));
    assertThat(waits.nextDeadline()).isEmpty();
  }

  @Test
  void oneFailureEndsTheWait() {
    claim("{'type':'Attached','status':'True'},{'type':'Broken','status':'True'}");
    waits.add(pod, "a", NOW);
    assertThat(outcome(NOW))
        .isEqualTo(
            new DeviceWaits.Outcome.Failed(
                pod, "running PreBind plugin \"DynamicResources\": claim c binding failed"));
  }

  @Test
  void aWaitHasAnEnd() {
    claim("");
    waits.add(pod, "a", NOW);
    assertThat(waits.nextDeadline()).contains(NOW.plus(DeviceWaits.PATIENCE));
    assertThat(outcome(NOW.plus(DeviceWaits.PATIENCE)))
        .isInstanceOf(DeviceWaits.Outcome.Failed.class);
  }

  @Test
  void devicesWithoutConditionsNeedNoWait() {
    situation.devices(
        ResourceClaim.class,
        """
        {'metadata':{'namespace':'default','name':'c','resourceVersion':'5'},'spec':{},'status':{
          'allocation':{'devices':{'results':[
            {'request':'r','driver':'d','pool':'p','device':'plain'}]}}}}
        """);
    assertThat(DeviceWaits.isNeeded(pod, DevicePlan.NONE, situation.snapshot().devices()))
        .isFalse();
  }
}
