package dev.navarch.apiserver.kinds;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkloadsTest {
  private static final String TEMPLATE =
      "selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec:"
          + " {containers: [{name: web, image: nginx}]}}";

  private static Given workload(String kind, String spec) {
    return Given.yaml(
        "{apiVersion: apps/v1, kind: %s, metadata: {name: web}, spec: {%s}}".formatted(kind, spec));
  }

  @Test
  void defaultsOfDeployments() {
    Given deployment = workload("Deployment", TEMPLATE);
    assertThat(deployment.errors()).isEmpty();
    assertThat(deployment.at("/spec/replicas")).isEqualTo("1");
    assertThat(deployment.at("/spec/revisionHistoryLimit")).isEqualTo("10");
    assertThat(deployment.at("/spec/progressDeadlineSeconds")).isEqualTo("600");
    assertThat(deployment.at("/spec/strategy/type")).isEqualTo("RollingUpdate");
    assertThat(deployment.at("/spec/strategy/rollingUpdate/maxSurge")).isEqualTo("25%");
    assertThat(deployment.at("/spec/template/spec/restartPolicy")).isEqualTo("Always");
    assertThat(deployment.document().at("/spec/template/spec").has("enableServiceLinks")).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "replicas: -1, # | spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        "template: {metadata: {labels: {app: web}}, spec: {containers: [{name: a, image: b}]}} |"
            + " spec.selector: Required value",
        "selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: db}}, spec:"
            + " {containers: [{name: a, image: b}]}} | spec.template.metadata.labels: Invalid"
            + " value: {\"app\":\"db\"}: `selector` does not match template `labels`",
        "selector: {}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: a,"
            + " image: b}]}} | spec.selector: Invalid value: {}: empty selector is invalid for"
            + " deployment",
        "strategy: {type: Recreate, rollingUpdate: {maxSurge: 1}}, # |"
            + " spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type`"
            + " is 'Recreate'",
        "strategy: {rollingUpdate: {maxSurge: 0, maxUnavailable: 0}}, # |"
            + " spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when"
            + " `maxSurge` is 0",
        "selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec:"
            + " {restartPolicy: Never, containers: [{name: a, image: b}]}} |"
            + " spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values:"
            + " \"Always\"",
      })
  void saysWhatIsWrongWithADeployment(String spec, String error) {
    assertThat(workload("Deployment", spec.replace("#", TEMPLATE)).errors()).containsExactly(error);
  }

  @Test
  void selectorsOfDeploymentsStay() {
    Given old = workload("Deployment", TEMPLATE);
    Given next = workload("Deployment", TEMPLATE.replace("app: web", "app: db"));
    assertThat(old.changedTo(next))
        .containsExactly(
            "spec.selector: Invalid value: {\"matchLabels\":{\"app\":\"db\"}}: field is immutable");
  }

  @Test
  void showsHowManyPodsADeploymentHas() {
    Given deployment =
        Given.yaml(
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: web, creationTimestamp:"
                + " '2026-01-01T11:00:00Z'}, spec: {replicas: 3, "
                + TEMPLATE
                + "}, status: {readyReplicas: 2, updatedReplicas: 3, availableReplicas: 2}}");
    assertThat(deployment.row())
        .containsExactly(
            Map.entry("Name", "web"),
            Map.entry("Ready", "2/3"),
            Map.entry("Up-to-date", 3L),
            Map.entry("Available", 2L),
            Map.entry("Age", "60m"),
            Map.entry("Containers", "web"),
            Map.entry("Images", "nginx"),
            Map.entry("Selector", "app=web"));
  }

  @Test
  void claimTemplatesAreVolumesOfStatefulSets() {
    String claims =
        "serviceName: web, selector: {matchLabels: {app: web}}, volumeClaimTemplates: [{metadata:"
            + " {name: data}}], template: {metadata: {labels: {app: web}}, spec: {containers:"
            + " [{name: a, image: b, volumeMounts: [{name: data, mountPath: /d}]}]}}";
    Given set = workload("StatefulSet", claims);
    assertThat(set.errors()).isEmpty();
    assertThat(set.at("/spec/volumeClaimTemplates/0/kind")).isEqualTo("PersistentVolumeClaim");
    assertThat(set.at("/spec/podManagementPolicy")).isEqualTo("OrderedReady");
    assertThat(
            set.changedTo(
                workload("StatefulSet", claims.replace("serviceName: web", "serviceName: x"))))
        .singleElement()
        .asString()
        .startsWith(
            "spec: Forbidden: updates to statefulset spec for fields other than 'replicas'");
  }

  @Test
  void defaultsOfDaemonSets() {
    Given set = workload("DaemonSet", TEMPLATE);
    assertThat(set.errors()).isEmpty();
    assertThat(set.at("/spec/updateStrategy/rollingUpdate/maxUnavailable")).isEqualTo("1");
  }

  @Test
  void jobsRunToTheirEnd() {
    String head =
        "{apiVersion: batch/v1, kind: Job, metadata: {name: sum, uid: u-1}, spec: {template: {spec:"
            + " {";
    Given job =
        Given.yaml(head + "restartPolicy: Never, containers: [{name: a, image: b}]}}}}").created();
    assertThat(job.errors()).isEmpty();
    assertThat(job.at("/spec/backoffLimit")).isEqualTo("6");
    assertThat(job.at("/spec/completions")).isEqualTo("1");
    assertThat(job.at("/spec/selector/matchLabels"))
        .isEqualTo("{\"batch.kubernetes.io/controller-uid\":\"u-1\"}");
    assertThat(job.row()).containsEntry("Completions", "0/1").containsEntry("Status", "Running");
    Given judging =
        Given.yaml(
                head
                    + "restartPolicy: Never, containers: [{name: a, image: b}]}}, podFailurePolicy:"
                    + " {rules: [{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]}}}")
            .created();
    assertThat(judging.errors()).isEmpty();
    assertThat(judging.at("/spec/podFailurePolicy/rules/0/onPodConditions/0/status"))
        .isEqualTo("True");
    Given wrong = Given.yaml(head + "containers: [{name: a, image: b}]}}}}").created();
    assertThat(wrong.errors())
        .containsExactly(
            "spec.template.spec.restartPolicy: Required value: valid values: \"OnFailure\","
                + " \"Never\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "schedule: '*/5 * * * *' | ",
        "schedule: '60 * * * *' | spec.schedule: Invalid value: \"60 * * * *\": end of range (60)"
            + " above maximum (59): 60",
        "schedule: 'TZ=UTC 1 * * * *' | spec.schedule: Invalid value: \"TZ=UTC 1 * * * *\": cannot"
            + " use TZ or CRON_TZ in schedule, use timeZone field instead",
        "schedule: '@daily', timeZone: Asia/Tokyo | ",
        "schedule: '@daily', timeZone: local | spec.timeZone: Invalid value: \"local\": timeZone"
            + " must be an explicit time zone as defined in https://www.iana.org/time-zones",
        "schedule: '@daily', timeZone: GMT+3 | spec.timeZone: Invalid value: \"GMT+3\": unknown"
            + " time zone GMT+3",
      })
  void saysWhatIsWrongWithASchedule(String spec, String complaint) {
    Given cronJob =
        Given.yaml(
            "{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {"
                + spec
                + ", jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers:"
                + " [{name: a, image: b}]}}}}}}");
    assertThat(String.join(", ", cronJob.errors())).isEqualTo(complaint == null ? "" : complaint);
  }

  @Test
  void indexedJobsChangeTheirSizeAsAWhole() {
    String head =
        "{apiVersion: batch/v1, kind: Job, metadata: {name: sum, uid: u-1}, spec: {completionMode:"
            + " Indexed, completions: %d, parallelism: %d, template: {metadata: {labels: {a: b}},"
            + " spec: {restartPolicy: Never, containers: [{name: a, image: b}]}}}}";
    Given old = Given.yaml(head.formatted(3, 3)).created();
    assertThat(old.at("/metadata/labels")).isEqualTo("{\"a\":\"b\"}");
    assertThat(old.changedTo(Given.yaml(head.formatted(2, 2)).created())).isEmpty();
    assertThat(old.changedTo(Given.yaml(head.formatted(2, 3)).created()))
        .containsExactly(
            "spec.completions: Invalid value: 2: can only be modified in tandem with"
                + " spec.parallelism");
  }
}
