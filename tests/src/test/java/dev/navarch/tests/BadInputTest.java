package dev.navarch.tests;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What people get wrong: each answer is Kubernetes' own, names the field, what stands there and
/// what may, and never shows the inside of the server.
@WithTestCluster
class BadInputTest {
  private static final String DEPLOYMENTS = "/apis/apps/v1/namespaces/default/deployments";
  private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String STRICT = "?fieldValidation=Strict&dryRun=All";
  private static final String YAML = "application/yaml";
  private static final String JSON = "application/json";
  private static final int MEGABYTE = 1 << 20;
  private static final String GOOD =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: web
      spec:
        replicas: 1
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers:
            - name: web
              image: example/web:1
      """;

  private final TestCluster cluster;

  BadInputTest(TestCluster cluster) {
    this.cluster = cluster;
  }

  private Wire.Reply send(String method, String path, String contentType, String body) {
    try (Wire wire = cluster.wire()) {
      Wire.Reply reply = wire.send(method, path, contentType, body);
      assertThat(reply.document().toString()).doesNotContain("Exception", "dev.navarch", "\\tat ");
      return reply;
    }
  }

  private static Arguments wrong(
      String what, String original, String wrong, int code, String says) {
    return Arguments.of(what, original, wrong, code, says);
  }

  static Stream<Arguments> wrongDeployments() {
    return Stream.of(
        wrong(
            "unknown field",
            "image: example/web:1",
            "image: example/web:1\n        colour: red",
            400,
            "strict decoding error: unknown field \"spec.template.spec.containers[0].colour\""),
        wrong(
            "duplicate field",
            "  replicas: 1",
            "  replicas: 1\n  replicas: 2",
            400,
            "\"replicas\" already set in map"),
        wrong(
            "wrong type",
            "replicas: 1",
            "replicas: three",
            400,
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas"
                + " of type int32"),
        wrong(
            "negative replicas",
            "replicas: 1",
            "replicas: -1",
            422,
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        wrong(
            "selector that misses the template",
            "labels: {app: web}",
            "labels: {app: other}",
            422,
            "spec.template.metadata.labels: Invalid value: {\"app\":\"other\"}: `selector` does"
                + " not match template `labels`"),
        wrong(
            "name that is none",
            "name: web",
            "name: My_Web",
            422,
            "metadata.name: Invalid value: \"My_Web\": a lowercase RFC 1123 subdomain must consist"
                + " of lower case alphanumeric characters, '-' or '.'"),
        wrong(
            "duplicate port names",
            "image: example/web:1",
            "image: a\n        ports: [{containerPort: 1, name: p}, {containerPort: 2, name: p}]",
            422,
            "spec.template.spec.containers[0].ports[1].name: Duplicate value: \"p\""),
        wrong(
            "port out of range",
            "image: example/web:1",
            "image: a\n        ports: [{containerPort: 70000}]",
            422,
            "ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, inclusive"),
        wrong(
            "missing image",
            "image: example/web:1",
            "tty: true",
            422,
            "spec.template.spec.containers[0].image: Required value"),
        wrong(
            "request above its limit",
            "image: example/web:1",
            "image: a\n        resources: {requests: {cpu: 2}, limits: {cpu: 1}}",
            422,
            "resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit"
                + " of 1"),
        wrong(
            "quantity that is none",
            "image: example/web:1",
            "image: a\n        resources: {limits: {memory: lots}}",
            400,
            "quantities must match the regular expression"),
        wrong(
            "value that is not in the list",
            "image: example/web:1",
            "image: a\n        imagePullPolicy: Sometimes",
            422,
            "imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\","
                + " \"IfNotPresent\", \"Never\""),
        wrong(
            "other version",
            "apps/v1",
            "apps/v1beta1",
            400,
            "the API version in the data (apps/v1beta1) does not match the expected API version"
                + " (apps/v1)"),
        wrong("unclosed bracket", "{app: web}}\n  t", "{app: web}\n  t", 400, "yaml: line "));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("wrongDeployments")
  void saysWhatIsWrong(String what, String original, String wrong, int code, String says) {
    String body = GOOD.replace(original, wrong);
    Wire.Reply reply = send("POST", DEPLOYMENTS + STRICT, YAML, body);
    assertThat(reply.message()).as(what).contains(says);
    assertThat(reply.code()).isEqualTo(code);
    assertThat(reply.reason()).isEqualTo(code == 422 ? "Invalid" : "BadRequest");
  }

  @Test
  void takesTheGoodOne() {
    assertThat(send("POST", DEPLOYMENTS + STRICT, YAML, GOOD).code()).isEqualTo(201);
  }

  @Test
  void refusesAnotherSelectorLater() {
    String name = "name: immutable";
    send("POST", DEPLOYMENTS, YAML, GOOD.replace("name: web", name));
    Wire.Reply reply =
        send(
            "PUT",
            DEPLOYMENTS + "/immutable",
            YAML,
            GOOD.replace("name: web", name).replace("app: web", "app: other"));
    assertThat(reply.code()).isEqualTo(422);
    assertThat(reply.message())
        .isEqualTo(
            "Deployment.apps \"immutable\" is invalid: spec.selector: Invalid value:"
                + " {\"matchLabels\":{\"app\":\"other\"}}: field is immutable");
    assertThat(reply.document().at("/details/causes/0/field").asString())
        .isEqualTo("spec.selector");
  }

  @Test
  void refusesBodiesThatAreTooLarge() {
    Wire.Reply reply =
        send("POST", CONFIG_MAPS, JSON, configMap("big", "x".repeat(3 * MEGABYTE + 1)));
    assertThat(reply.code()).isEqualTo(413);
    assertThat(reply.reason()).isEqualTo("RequestEntityTooLarge");
    assertThat(reply.message()).isEqualTo("Request entity too large: limit is 3145728");
    assertThat(
            send("POST", CONFIG_MAPS, JSON, configMap("big", "x".repeat(MEGABYTE + 1))).message())
        .isEqualTo(
            "ConfigMap \"big\" is invalid: []: Too long: may not be more than 1048576 bytes");
  }

  @Test
  void refusesMalformedJson() {
    assertThat(send("POST", CONFIG_MAPS, JSON, "{\"kind\":\"ConfigMap\",").message())
        .startsWith(
            "the object provided is unrecognized (must be of type ConfigMap): couldn't get"
                + " version/kind; json parse error: ");
    assertThat(send("POST", CONFIG_MAPS, JSON, "{\"a\":".repeat(20_000)).code()).isEqualTo(400);
    assertThat(send("POST", CONFIG_MAPS, "text/plain", "hello").message())
        .contains("accepted media types include: application/json, application/yaml");
  }

  @Test
  void refusesObjectsThatBelongElsewhere() {
    assertThat(
            send("POST", CONFIG_MAPS, JSON, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\"}").message())
        .isEqualTo("the kind in the data (Pod) does not match the expected kind (ConfigMap)");
    assertThat(send("PUT", CONFIG_MAPS + "/here", JSON, configMap("there", "x")).message())
        .isEqualTo("the name of the object (there) does not match the name on the URL (here)");
    assertThat(
            send("POST", "/api/v1/namespaces/nowhere/configmaps", JSON, configMap("a", "x"))
                .message())
        .isEqualTo("namespaces \"nowhere\" not found");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          limit=many             | 400 | limit
          labelSelector=a==b==c  | 400 | found '=='
          fieldSelector=spec.x=1 | 400 | field label not supported: spec.x
          continue=nonsense      | 400 | continue key is not valid
          resourceVersion=abc    | 422 | resourceVersion: Invalid value: "abc"
          """)
  void refusesQueriesThatItCannotRead(String query, int code, String says) {
    Wire.Reply reply = send("GET", CONFIG_MAPS + "?" + query, JSON, "");
    assertThat(reply.message()).contains(says);
    assertThat(reply.code()).isEqualTo(code);
  }

  private static String configMap(String name, String value) {
    return "{\"apiVersion\":\"v1\",\"kind\":\"ConfigMap\",\"metadata\":{\"name\":\"%s\"},\"data\":{\"v\":\"%s\"}}"
        .formatted(name, value);
  }
}
