package dev.navarch.controllers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.client.Cluster;
import dev.navarch.client.Key;
import dev.navarch.client.Objects;
import dev.navarch.client.Resource;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.apps.Deployment;
import io.fabric8.kubernetes.api.model.apps.DeploymentBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscaler;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerBuilder;
import io.fabric8.kubernetes.api.model.autoscaling.v2.HorizontalPodAutoscalerStatus;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpec;
import io.fabric8.kubernetes.api.model.autoscaling.v2.MetricSpecBuilder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HorizontalPodAutoscalerControllerTest {
  private static final Resource<GenericKubernetesResource> METRICS =
      Resource.generic("metrics.k8s.io", "v1beta1", "PodMetrics", "pods", true);

  private final Simulation simulation = new Simulation();
  private final RecordedEvents events = new RecordedEvents();

  @BeforeEach
  void start() {
    simulation.with(
        HorizontalPodAutoscalerController.register(
            simulation.informers(),
            simulation.cluster(),
            events,
            simulation.clock(),
            simulation::cluster));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "50 | 100m 100m | 4",
        "50 | 54m 54m | 2",
        "50 | 75m 75m | 3",
        "50 | 40m 20m | 2",
        "50 | 150m - | 3",
        "50 | 60m - | 2",
        "50 | 20m - | 2"
      })
  void followsTheUseOfWhatIsRequested(int target, String used, int replicas) {
    deployment(2);
    pods(used);
    autoscaler(cpu(target));

    assertThat(size()).isEqualTo(replicas);
  }

  @Test
  void saysWhatItDoes() {
    deployment(2);
    pods("100m 100m");
    autoscaler(cpu(50));

    assertThat(size()).isEqualTo(4);
    assertThat(status().getDesiredReplicas()).isEqualTo(4);
    assertThat(status().getLastScaleTime()).isNotNull();
    assertThat(status().getCurrentMetrics().getFirst().getResource().getCurrent())
        .satisfies(
            current -> {
              assertThat(current.getAverageUtilization()).isEqualTo(100);
              assertThat(current.getAverageValue()).isEqualTo(Quantity.parse("100m"));
            });
    assertThat(conditions()).contains("AbleToScale=True", "ScalingActive=True ValidMetricFound");
    assertThat(events.lines())
        .contains(
            "Normal SuccessfulRescale New size: 4; reason: cpu resource utilization (percentage of"
                + " request) above target");
  }

  @Test
  void growsNoFasterThanItMayAndShrinksOnlyAfterAWhile() {
    deployment(2);
    pods("1000m 1000m");
    autoscaler(cpu(50));
    assertThat(size()).isEqualTo(6);
    assertThat(conditions()).contains("ScalingLimited=True ScaleUpLimit");
    simulation.pass(Duration.ofSeconds(15));
    assertThat(size()).isEqualTo(10);

    use("web-0", "1m");
    use("web-1", "1m");
    simulation.pass(Duration.ofMinutes(1));
    assertThat(size()).isEqualTo(10);
    assertThat(conditions()).contains("AbleToScale=True ScaleDownStabilized");
    simulation.pass(Duration.ofMinutes(6));

    assertThat(size()).isEqualTo(1);
  }

  @Test
  void keepsWithinItsBounds() {
    deployment(20);
    pods("50m 50m");
    autoscaler(cpu(50));

    assertThat(size()).isEqualTo(10);
    assertThat(events.lines())
        .contains(
            "Normal SuccessfulRescale New size: 10; reason: Current number of replicas above"
                + " Spec.MaxReplicas");
  }

  @Test
  void restsWhileItsTargetHasNoPods() {
    deployment(0);
    autoscaler(cpu(50));

    assertThat(size()).isZero();
    assertThat(conditions()).contains("ScalingActive=False ScalingDisabled");
  }

  @Test
  void saysWhyAMetricTellsNothing() {
    deployment(2);
    autoscaler(cpu(50));

    assertThat(size()).isEqualTo(2);
    assertThat(conditions()).contains("ScalingActive=False FailedGetResourceMetric");
    assertThat(events.lines())
        .contains(
            "Warning FailedGetResourceMetric failed to get cpu utilization: unable to get metrics"
                + " for resource cpu: no metrics returned from resource metrics API");
  }

  @Test
  void looksAgainSoonWhileNothingIsKnownOfNewPods() {
    deployment(2);
    pods("- -");
    autoscaler(cpu(50));
    use("web-0", "100m");
    use("web-1", "100m");
    simulation.pass(Duration.ofSeconds(5));

    assertThat(size()).isEqualTo(4);
  }

  @Test
  void saysThatItsTargetIsMissing() {
    autoscaler(cpu(50));

    assertThat(conditions()).containsExactly("AbleToScale=False FailedGetScale");
  }

  @Test
  void followsOneContainerByItsAverage() {
    deployment(1);
    pods("300m");
    autoscaler(
        new MetricSpecBuilder()
            .withType("ContainerResource")
            .withNewContainerResource()
            .withContainer("web")
            .withName("cpu")
            .withNewTarget()
            .withType("AverageValue")
            .withAverageValue(Quantity.parse("100m"))
            .endTarget()
            .endContainerResource()
            .build());

    assertThat(size()).isEqualTo(3);
    assertThat(events.lines())
        .contains(
            "Normal SuccessfulRescale New size: 3; reason: cpu container resource above target");
  }

  @Test
  void followsWhatAnAdapterTellsOfItsPods() {
    deployment(2);
    pods("- -");
    for (String pod : List.of("web-0", "web-1")) {
      figure("custom.metrics.k8s.io", "v1beta2", "pods/*/requests", pod, "40");
    }
    autoscaler(
        new MetricSpecBuilder()
            .withType("Pods")
            .withNewPods()
            .withNewMetric()
            .withName("requests")
            .endMetric()
            .withNewTarget()
            .withType("AverageValue")
            .withAverageValue(Quantity.parse("20"))
            .endTarget()
            .endPods()
            .build());

    assertThat(size()).isEqualTo(4);
    assertThat(status().getCurrentMetrics().getFirst().getPods().getCurrent().getAverageValue())
        .isEqualTo(Quantity.parse("40"));
    assertThat(events.lines())
        .contains(
            "Normal SuccessfulRescale New size: 4; reason: pods metric requests above target");
  }

  @ParameterizedTest
  @CsvSource({"Value, 60, 30, 4", "AverageValue, 90, 30, 3", "Value, 60, 58, 2"})
  void followsAQueueOutside(String type, String value, String wanted, int size) {
    deployment(2);
    pods("- -");
    figure("external.metrics.k8s.io", "v1beta1", "queue", "q", value);
    autoscaler(
        new MetricSpecBuilder()
            .withType("External")
            .withNewExternal()
            .withNewMetric()
            .withName("queue")
            .endMetric()
            .withNewTarget()
            .withType(type)
            .withValue(type.equals("Value") ? Quantity.parse(wanted) : null)
            .withAverageValue(type.equals("Value") ? null : Quantity.parse(wanted))
            .endTarget()
            .endExternal()
            .build());

    assertThat(size()).isEqualTo(size);
  }

  @Test
  void followsOneObject() {
    deployment(2);
    pods("- -");
    figure("custom.metrics.k8s.io", "v1beta2", "deployments.apps/web/hits", "web", "30");
    autoscaler(
        new MetricSpecBuilder()
            .withType("Object")
            .withNewObject()
            .withNewDescribedObject("apps/v1", "Deployment", "web")
            .withNewMetric()
            .withName("hits")
            .endMetric()
            .withNewTarget()
            .withType("Value")
            .withValue(Quantity.parse("20"))
            .endTarget()
            .endObject()
            .build());

    assertThat(size()).isEqualTo(3);
    assertThat(conditions()).contains("ScalingActive=True ValidMetricFound");
  }

  /// What an adapter answers at a path.
  private void figure(String group, String version, String path, String about, String value) {
    var figure = new GenericKubernetesResource();
    figure.setApiVersion(group + "/" + version);
    figure.setKind("MetricValue");
    figure.setMetadata(
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName(about)
            .addToLabels("app", "web")
            .endMetadata()
            .build()
            .getMetadata());
    figure.setAdditionalProperty("describedObject", Map.of("name", about));
    figure.setAdditionalProperty("timestamp", simulation.clock().instant().toString());
    figure.setAdditionalProperty("value", value);
    simulation
        .cluster()
        .create(Resource.generic(group, version, "MetricValue", path, true), figure);
  }

  private static MetricSpec cpu(int utilization) {
    return new MetricSpecBuilder()
        .withType("Resource")
        .withNewResource()
        .withName("cpu")
        .withNewTarget()
        .withType("Utilization")
        .withAverageUtilization(utilization)
        .endTarget()
        .endResource()
        .build();
  }

  private void autoscaler(MetricSpec metric) {
    simulation
        .cluster()
        .create(
            new HorizontalPodAutoscalerBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withMinReplicas(1)
                .withMaxReplicas(10)
                .withNewScaleTargetRef()
                .withApiVersion("apps/v1")
                .withKind("Deployment")
                .withName("web")
                .endScaleTargetRef()
                .withMetrics(metric)
                .endSpec()
                .build());
    simulation.settle();
  }

  private void deployment(int replicas) {
    simulation
        .cluster()
        .create(
            new DeploymentBuilder()
                .withNewMetadata()
                .withNamespace("default")
                .withName("web")
                .endMetadata()
                .withNewSpec()
                .withReplicas(replicas)
                .withNewSelector()
                .addToMatchLabels("app", "web")
                .endSelector()
                .endSpec()
                .build());
  }

  /// Pods that request 100m and use what is said; `-` for one of which nothing is known.
  private void pods(String used) {
    int number = 0;
    for (String one : used.split(" ")) {
      String name = "web-" + number++;
      Pod pod =
          simulation
              .cluster()
              .create(
                  new PodBuilder()
                      .withNewMetadata()
                      .withNamespace("default")
                      .withName(name)
                      .addToLabels("app", "web")
                      .endMetadata()
                      .withNewSpec()
                      .addNewContainer()
                      .withName("web")
                      .withNewResources()
                      .addToRequests("cpu", Quantity.parse("100m"))
                      .endResources()
                      .endContainer()
                      .endSpec()
                      .build());
      Pod ready = Objects.copy(new SimulatedKubelet(simulation).ready(pod));
      ready.getStatus().setStartTime(simulation.clock().instant().minusSeconds(3600).toString());
      simulation.cluster().updateStatus(ready);
      if (!one.equals("-")) {
        use(name, one);
      }
    }
  }

  private void use(String pod, String cpu) {
    Key key = new Key("default", pod);
    if (simulation.cluster().find(METRICS, key).isPresent()) {
      simulation.cluster().delete(METRICS, key, Cluster.DeleteOptions.DEFAULT);
    }
    var metrics = new GenericKubernetesResource();
    metrics.setApiVersion("metrics.k8s.io/v1beta1");
    metrics.setKind("PodMetrics");
    metrics.setMetadata(
        new PodBuilder()
            .withNewMetadata()
            .withNamespace("default")
            .withName(pod)
            .addToLabels("app", "web")
            .endMetadata()
            .build()
            .getMetadata());
    metrics.setAdditionalProperty("timestamp", simulation.clock().instant().toString());
    metrics.setAdditionalProperty("window", "15s");
    metrics.setAdditionalProperty(
        "containers", List.of(Map.of("name", "web", "usage", Map.of("cpu", cpu))));
    simulation.cluster().create(METRICS, metrics);
  }

  private int size() {
    return simulation
        .cluster()
        .find(Deployment.class, "default", "web")
        .orElseThrow()
        .getSpec()
        .getReplicas();
  }

  private HorizontalPodAutoscalerStatus status() {
    return simulation
        .cluster()
        .find(HorizontalPodAutoscaler.class, "default", "web")
        .orElseThrow()
        .getStatus();
  }

  private List<String> conditions() {
    return status().getConditions().stream()
        .map(
            one ->
                one.getReason().startsWith("Ready") || one.getReason().startsWith("Succeeded")
                    ? one.getType() + "=" + one.getStatus()
                    : one.getType() + "=" + one.getStatus() + " " + one.getReason())
        .toList();
  }
}
