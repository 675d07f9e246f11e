package dev.navarch.apiserver.policies;

import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.AdminApi;
import dev.navarch.apiserver.AdminApi.Answer;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Policies of both sorts with bindings and parameters, through the whole API.
final class PoliciesTest {
  private static final String GROUP = "/apis/admissionregistration.k8s.io/v1/";
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String MATCH =
      "{resourceRules: [{apiGroups: ['', apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [configmaps, deployments]}]}";
  @TempDir static Path folder;
  private static AdminApi api;

  @BeforeAll
  static void start() throws Exception {
    api = AdminApi.start(folder);
  }

  @AfterAll
  static void stop() {
    api.close();
  }

  @AfterEach
  void remove() {
    for (String kind : List.of("validating", "mutating")) {
      api.send("DELETE", GROUP + kind + "admissionpolicybindings", "");
      api.send("DELETE", GROUP + kind + "admissionpolicies", "");
    }
    api.send("DELETE", MAPS + "?labelSelector=test%3Dyes", "");
  }

  private static Answer policy(String kind, String spec) {
    return api.post(
        GROUP + kind + "admissionpolicies",
        "metadata: {name: demo}\nspec:\n  matchConstraints: %s\n%s"
            .formatted(MATCH, spec.indent(2)));
  }

  private static void bind(String kind, String spec) {
    Answer bound =
        api.post(
            GROUP + kind + "admissionpolicybindings",
            "metadata: {name: binding}\nspec:\n  policyName: demo\n" + spec.indent(2));
    assertThat(bound.status()).as(bound.message()).isEqualTo(201);
  }

  private static void deny(String validations) {
    Answer made = policy("validating", validations);
    assertThat(made.status()).as(made.message()).isEqualTo(201);
    bind("validating", "validationActions: [Deny]");
  }

  private static void mutate(String mutations) {
    Answer made = policy("mutating", "reinvocationPolicy: Never\n" + mutations);
    assertThat(made.status()).as(made.message()).isEqualTo(201);
    bind("mutating", "");
  }

  private static Answer create(String document) {
    return api.post(MAPS, document);
  }

  private static final String PLAIN =
      "{metadata: {generateName: m-, labels: {test: 'yes'}}, data: {size: '5'}}";

  @Test
  void deniesInTheWordsThatUsersKnow() {
    deny("validations: [{expression: 'int(object.data.size) <= 3'}]");
    Answer denied = create(PLAIN);
    assertThat(denied.status()).isEqualTo(422);
    assertThat(denied.at("/reason").asString()).isEqualTo("Invalid");
    assertThat(denied.message())
        .contains("is forbidden: ValidatingAdmissionPolicy 'demo' with binding 'binding' denied")
        .endsWith("denied request: failed expression: int(object.data.size) <= 3");
    assertThat(denied.at("/details/causes/0/message").asString())
        .startsWith("ValidatingAdmissionPolicy 'demo' with binding 'binding' denied request");
  }

  @Test
  void saysWhatItsAuthorSays() {
    deny(
        """
        variables: [{name: size, expression: int(object.data.size)}, {name: twice, expression: variables.size * 2}]
        validations:
        - expression: variables.twice < 10
          messageExpression: "'twice is ' + string(variables.twice)"
          reason: Forbidden
        """);
    Answer denied = create(PLAIN);
    assertThat(denied.status()).isEqualTo(403);
    assertThat(denied.message()).endsWith("denied request: twice is 10");
  }

  @Test
  void onlyWarns() {
    policy("validating", "validations: [{expression: 'false', message: too big}]");
    bind("validating", "validationActions: [Warn, Audit]");
    Answer made = create(PLAIN);
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.warnings())
        .containsExactly(
            "299 - \"Validation failed for ValidatingAdmissionPolicy 'demo' with binding 'binding': too big\"");
  }

  @Test
  void seesRequestNamespaceAuthorizerAndOldObject() {
    deny(
        """
        validations:
        - expression: request.operation == 'CREATE' && request.userInfo.groups.exists(g, g == 'system:masters')
        - expression: namespaceObject.metadata.name == 'default' && oldObject == null
        - expression: authorizer.group('').resource('pods').namespace('default').check('create').allowed()
        - expression: authorizer.requestResource.check('create').allowed() && authorizer.path('/healthz').check('get').allowed()
        - expression: "!authorizer.serviceAccount('default', 'default').group('').resource('secrets').check('get').allowed()"
        """);
    Answer made = create(PLAIN);
    assertThat(made.message()).isEmpty();
    assertThat(made.status()).isEqualTo(201);
  }

  @Test
  void anErrorIsADenialUnlessItIsIgnored() {
    deny("validations: [{expression: object.data.nope == 'x'}]");
    assertThat(create(PLAIN).message())
        .endsWith("expression 'object.data.nope == 'x'' resulted in error: no such key: nope");
    remove();
    policy(
        "validating",
        "failurePolicy: Ignore\nvalidations: [{expression: object.data.nope == 'x'}]");
    bind("validating", "validationActions: [Deny]");
    assertThat(create(PLAIN).status()).isEqualTo(201);
  }

  @Test
  void takesParameters() {
    policy(
        "validating",
        """
        paramKind: {apiVersion: v1, kind: ConfigMap}
        matchConditions: [{name: sized, expression: has(object.data.size)}]
        validations: [{expression: int(object.data.size) <= int(params.data.most)}]
        """);
    bind(
        "validating",
        """
        validationActions: [Deny]
        paramRef: {name: limits, parameterNotFoundAction: Deny}
        """);
    assertThat(create(PLAIN).message())
        .endsWith(
            "failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction");
    Answer limits = create("{metadata: {name: limits, labels: {test: 'yes'}}, data: {most: '4'}}");
    assertThat(limits.status()).isEqualTo(422);
    api.send("DELETE", GROUP + "validatingadmissionpolicybindings/binding", "");
    assertThat(
            create("{metadata: {name: limits, labels: {test: 'yes'}}, data: {most: '4'}}").status())
        .isEqualTo(201);
    bind(
        "validating",
        """
        validationActions: [Deny]
        paramRef: {selector: {matchLabels: {test: 'yes'}}, parameterNotFoundAction: Allow}
        """);
    assertThat(create(PLAIN).message()).contains("failed expression: int(object.data.size) <=");
    assertThat(
            create(
                    "{metadata: {generateName: m-, labels: {test: 'yes'}}, data: {size: '3', most: '3'}}")
                .status())
        .isEqualTo(201);
  }

  @Test
  void bindingsNarrowDown() {
    policy("validating", "validations: [{expression: 'false'}]");
    bind(
        "validating",
        """
        validationActions: [Deny]
        matchResources: {objectSelector: {matchLabels: {strict: 'yes'}}}
        """);
    assertThat(create(PLAIN).status()).isEqualTo(201);
    assertThat(create(PLAIN.replace("test:", "strict: 'yes', test:")).status()).isEqualTo(422);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "validations: [{expression: 'object.'}] | spec.validations[0].expression: Invalid value: \"object.\": compilation failed: ERROR: <input>:1:8: Syntax error",
        "validations: [{expression: '1 + 1'}] | spec.validations[0].expression: Invalid value: \"1 + 1\": must evaluate to bool",
        "validations: [{expression: 'params == null'}] | undeclared reference to 'params'",
        "validations: [{expression: 'true', messageExpression: '1'}] | spec.validations[0].messageExpression: Invalid value: \"1\": must evaluate to string",
        "validations: [{expression: 'true', reason: Whatever}] | spec.validations[0].reason: Unsupported value: \"Whatever\"",
        "variables: [] | spec.validations: Required value: validations or auditAnnotations must be non-empty",
        "{variables: [{name: x, expression: nope}], validations: [{expression: 'true'}]} | spec.variables[0].expression: Invalid value: \"nope\": compilation failed"
      })
  void refusesWhatDoesNotCompile(String spec, String complaint) {
    Answer refused =
        policy(
            "validating",
            spec.startsWith("{")
                ? spec.substring(1, spec.length() - 1).replace("], ", "]\n")
                : spec);
    assertThat(refused.status()).isEqualTo(422);
    assertThat(refused.message()).contains(complaint);
  }

  @Test
  void tellsWhatItsTypesDoNotKnow() {
    policy(
        "validating",
        "validations: [{expression: 'object.data.size == object.nope'}, {expression: 'true'}]");
    Answer policy =
        Awaitility.await()
            .until(
                () -> api.send("GET", GROUP + "validatingadmissionpolicies/demo", ""),
                found -> found.at("/status/observedGeneration").asLong(0) == 1);
    assertThat(policy.at("/status/typeChecking/expressionWarnings")).hasSize(1);
    JsonNode warning = policy.at("/status/typeChecking/expressionWarnings/0");
    assertThat(warning.path("fieldRef").asString()).isEqualTo("spec.validations[0].expression");
    assertThat(warning.path("warning").asString())
        .contains("v1, Kind=ConfigMap: ERROR: <input>:1:27: undefined field 'nope'")
        .contains("apps/v1, Kind=Deployment: ERROR: <input>:1:7: undefined field 'data'");
  }

  @Test
  void mergesAConfiguration() {
    mutate(
        """
        mutations:
        - patchType: ApplyConfiguration
          applyConfiguration:
            expression: "Object{metadata: Object.metadata{labels: {'added': object.data.size}}, data: {'more': 'x'}}"
        """);
    Answer made = create(PLAIN);
    assertThat(made.message()).isEmpty();
    assertThat(made.at("/metadata/labels/added").asString("")).isEqualTo("5");
    assertThat(made.at("/metadata/labels/test").asString("")).isEqualTo("yes");
    assertThat(made.at("/data/more").asString("")).isEqualTo("x");
    assertThat(made.at("/data/size").asString("")).isEqualTo("5");
  }

  @Test
  void mergesAContainerByItsName() {
    mutate(
        """
        mutations:
        - patchType: ApplyConfiguration
          applyConfiguration:
            expression: >
              !has(object.spec) ? Object{} :
              Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{
                containers: object.spec.template.spec.containers.map(c,
                  Object.spec.template.spec.containers{name: c.name, imagePullPolicy: 'Always'})}}}}
        """);
    Answer made =
        api.post(
            "/apis/apps/v1/namespaces/default/deployments?dryRun=All",
            """
            metadata: {name: web}
            spec:
              selector: {matchLabels: {app: web}}
              template:
                metadata: {labels: {app: web}}
                spec: {containers: [{name: a, image: x:1}, {name: b, image: y:1}]}
            """);
    assertThat(made.message()).isEmpty();
    assertThat(made.at("/spec/template/spec/containers/1/imagePullPolicy").asString(""))
        .isEqualTo("Always");
    assertThat(made.at("/spec/template/spec/containers/1/image").asString("")).isEqualTo("y:1");
  }

  @Test
  void patches() {
    mutate(
        """
        mutations:
        - patchType: JSONPatch
          jsonPatch:
            expression: >
              [JSONPatch{op: 'test', path: '/data/size', value: '5'},
               JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a.b/c'), value: 'd'},
               JSONPatch{op: 'replace', path: '/data', value: {'size': '6'}}]
        """);
    Answer made = create(PLAIN);
    assertThat(made.message()).isEmpty();
    assertThat(made.at("/data/size").asString("")).isEqualTo("6");
    assertThat(made.at("/metadata/labels").path("a.b/c").asString("")).isEqualTo("d");
  }

  @Test
  void refusesWhenAMutationFails() {
    mutate(
        """
        mutations:
        - patchType: ApplyConfiguration
          applyConfiguration: {expression: "Object{data: {'x': object.data.nope}}"}
        """);
    assertThat(create(PLAIN).message())
        .contains("policy 'demo' with binding 'binding' denied request: expression")
        .endsWith("resulted in error: no such key: nope");
  }

  @Test
  void refusesMutationsThatDoNotCompile() {
    Answer refused =
        policy("mutating", "mutations: [{patchType: JSONPatch, jsonPatch: {expression: \"'x'\"}}]");
    assertThat(refused.message())
        .contains(
            "spec.mutations[0].jsonPatch.expression: Invalid value: \"'x'\": must evaluate to");
  }
}
