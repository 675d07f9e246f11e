package dev.navarch.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DecoderTest {
  private static final BuiltInKinds KINDS = BuiltInKinds.load();
  private static final Kind POD = KINDS.byKind("v1", "Pod").orElseThrow();
  private static final Kind DEPLOYMENT = KINDS.byKind("apps/v1", "Deployment").orElseThrow();
  private static final Kind DEFINITION =
      KINDS.byKind("apiextensions.k8s.io/v1", "CustomResourceDefinition").orElseThrow();
  private static final Kind SECRET = KINDS.byKind("v1", "Secret").orElseThrow();

  @Test
  void warnsOfUnknownAndRepeatedFieldsAndDropsThem() {
    Decoder.Decoded decoded =
        decode(
            POD,
            "{\"spec\":{\"foo\":1,\"containers\":[{\"name\":\"a\",\"name\":\"b\",\"bar\":{}}]}}",
            FieldValidation.WARN);
    assertThat(Json.text(decoded.tree()))
        .isEqualTo("{\"spec\":{\"containers\":[{\"name\":\"b\"}]}}");
    assertThat(decoded.warnings())
        .containsExactly(
            "unknown field \"spec.foo\"",
            "duplicate field \"spec.containers[0].name\"",
            "unknown field \"spec.containers[0].bar\"");
  }

  @Test
  void strictRefusesThem() {
    assertThatThrownBy(
            () ->
                decode(
                    DEPLOYMENT,
                    "{\"spec\":{\"foo\":1,\"foo\":2,\"bar\":1}}",
                    FieldValidation.STRICT))
        .hasMessage(
            "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error:"
                + " unknown field \"spec.foo\","
                + " unknown field \"spec.bar\"");
  }

  /// Found by fuzzing: what stood there went on unread, until it was to be written as protobuf.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"items\":{\"nullable\":\"yes\"}|json: cannot unmarshal string into Go struct field"
            + " JSONSchemaProps.nullable of type bool",
        "\"items\":[{\"maxLength\":true}]|json: cannot unmarshal bool into Go struct field"
            + " JSONSchemaProps.maxLength of type int64",
        "\"items\":\"all\"|JSON schema or array expected",
        "\"additionalProperties\":\"yes\"|boolean or JSON schema expected",
        "\"dependencies\":{\"a\":[1]}|json: cannot unmarshal number into Go value of type string",
      })
  void aSchemaInsideASchemaHasTypes(String fields, String message) {
    assertThatThrownBy(() -> decode(DEFINITION, schema(fields), FieldValidation.WARN))
        .hasMessageContaining(message);
  }

  @Test
  void schemasInsideASchemaAreRead() {
    String fields =
        "\"items\":[{\"type\":\"string\",\"other\":1},{}],\"additionalProperties\":false,"
            + "\"dependencies\":{\"a\":[\"b\"],\"c\":{\"type\":\"object\"}}";
    Decoder.Decoded decoded = decode(DEFINITION, schema(fields), FieldValidation.WARN);
    assertThat(Json.text(decoded.tree())).isEqualTo(schema(fields).replace(",\"other\":1", ""));
    assertThat(decoded.warnings()).isEmpty();
  }

  private static String schema(String fields) {
    return "{\"spec\":{\"versions\":[{\"schema\":{\"openAPIV3Schema\":{%s}}}]}}".formatted(fields);
  }

  @Test
  void ignoreIsSilent() {
    assertThat(decode(POD, "{\"foo\":1}", FieldValidation.IGNORE).warnings()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"spec\":{\"replicas\":\"3\"}}|json: cannot unmarshal string into Go struct field"
            + " DeploymentSpec.spec.replicas of type int32",
        "{\"spec\":{\"replicas\":1.5}}|json: cannot unmarshal number 1.5 into Go struct field"
            + " DeploymentSpec.spec.replicas of type int32",
        "{\"spec\":{\"replicas\":3000000000}}|json: cannot unmarshal number 3000000000 into Go"
            + " struct field DeploymentSpec.spec.replicas of type int32",
        "{\"spec\":{\"paused\":\"no\"}}|json: cannot unmarshal string into Go struct field"
            + " DeploymentSpec.spec.paused of type bool",
        "{\"metadata\":{\"labels\":{\"a\":1}}}|json: cannot unmarshal number into Go struct field"
            + " ObjectMeta.metadata.labels of type string",
        "{\"metadata\":{\"labels\":[]}}|json: cannot unmarshal array into Go struct field"
            + " ObjectMeta.metadata.labels of type map[string]string",
        "{\"metadata\":[]}|json: cannot unmarshal array into Go struct field Deployment.metadata of"
            + " type v1.ObjectMeta",
        "{\"spec\":{\"template\":{\"spec\":{\"containers\":{}}}}}|json: cannot unmarshal object"
            + " into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container",
        "{\"spec\":{\"template\":{\"spec\":{\"containers\":[{\"args\":[1]}]}}}}|json: cannot"
            + " unmarshal number into Go struct field Container.spec.template.spec.containers.args"
            + " of type string",
        "{\"spec\":{\"strategy\":{\"rollingUpdate\":{\"maxSurge\":true}}}}|json: cannot unmarshal"
            + " bool into Go value of type int32",
      })
  void namesTheFieldOfAWrongType(String body, String why) {
    assertThatThrownBy(() -> decode(DEPLOYMENT, body, FieldValidation.STRICT))
        .isInstanceOfSatisfying(
            ApiException.class, e -> assertThat(e.error()).isInstanceOf(ApiError.BadRequest.class))
        .hasMessage("Deployment in version \"v1\" cannot be handled as a Deployment: " + why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"metadata\":{\"creationTimestamp\":null,\"name\":\"x\"}}|{\"metadata\":{\"name\":\"x\"}}",
        "{\"metadata\":{\"creationTimestamp\":\"2024-05-06T09:08:07.654+02:00\"}}|{\"metadata\":{\"creationTimestamp\":\"2024-05-06T07:08:07Z\"}}",
        "{\"metadata\":{\"labels\":{},\"finalizers\":[]}}|{\"metadata\":{}}",
        "{\"metadata\":{\"labels\":{\"a\":null}}}|{\"metadata\":{\"labels\":{\"a\":\"\"}}}",
        "{\"spec\":{\"hostNetwork\":false,\"hostUsers\":false,\"nodeName\":\"\",\"priority\":0}}|{\"spec\":{\"hostUsers\":false,\"priority\":0}}",
        "{\"spec\":{\"containers\":[{\"name\":\"\",\"env\":[{\"name\":\"A\",\"value\":\"\"}],\"ports\":[{\"containerPort\":1,\"protocol\":\"\"}]}]}}|{\"spec\":{\"containers\":[{\"name\":\"\",\"env\":[{\"name\":\"A\"}],\"ports\":[{\"containerPort\":1}]}]}}",
        "{\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{\"sizeLimit\":\"1024Mi\"}}]}}|{\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{\"sizeLimit\":\"1Gi\"}}]}}",
        "{\"spec\":{\"overhead\":{\"cpu\":0.5}}}|{\"spec\":{\"overhead\":{\"cpu\":\"500m\"}}}",
        "{\"spec\":{\"containers\":[]}}|{\"spec\":{\"containers\":[]}}",
        "{\"spec\":{\"containers\":null}}|{\"spec\":{}}",
        "{\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]}}|{\"spec\":{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]}}",
      })
  void keepsTheFormThatGoPrints(String in, String out) {
    assertThat(Json.text(decode(POD, in, FieldValidation.STRICT).tree())).isEqualTo(out);
  }

  @Test
  void bytesAreCheckedAndWrittenOneWay() {
    assertThat(
            Json.text(
                decode(SECRET, "{\"data\":{\"a\":\"aG\\nk=\"}}", FieldValidation.STRICT).tree()))
        .isEqualTo("{\"data\":{\"a\":\"aGk=\"}}");
    assertThatThrownBy(() -> decode(SECRET, "{\"data\":{\"a\":\"a-k=\"}}", FieldValidation.STRICT))
        .hasMessageEndingWith("illegal base64 data at input byte 1");
  }

  @Test
  void anEmptyStorageClassIsNotAnAbsentOne() {
    Kind claim = KINDS.byKind("v1", "PersistentVolumeClaim").orElseThrow();
    String body = "{\"spec\":{\"storageClassName\":\"\"}}";
    assertThat(Json.text(decode(claim, body, FieldValidation.STRICT).tree())).isEqualTo(body);
  }

  @Test
  void aWrongQuantitySaysSo() {
    assertThatThrownBy(
            () ->
                decode(POD, "{\"spec\":{\"overhead\":{\"cpu\":\"lots\"}}}", FieldValidation.STRICT))
        .hasMessageStartingWith(
            "Pod in version \"v1\" cannot be handled as a Pod: quantities must match the regular"
                + " expression");
  }

  @Test
  void microTimesHaveSixDigits() {
    Kind lease = KINDS.byKind("coordination.k8s.io/v1", "Lease").orElseThrow();
    assertThat(
            Json.text(
                decode(
                        lease,
                        "{\"spec\":{\"renewTime\":\"2024-05-06T07:08:09.5Z\"}}",
                        FieldValidation.STRICT)
                    .tree()))
        .isEqualTo("{\"spec\":{\"renewTime\":\"2024-05-06T07:08:09.500000Z\"}}");
  }

  @Test
  void fieldValidationIsOneOfThree() {
    assertThat(FieldValidation.of("Strict")).isEqualTo(FieldValidation.STRICT);
    assertThat(FieldValidation.of("")).isEqualTo(FieldValidation.WARN);
    assertThatThrownBy(() -> FieldValidation.of("strict"))
        .hasMessage(
            "CreateOptions.meta.k8s.io \"\" is invalid: fieldValidation: Unsupported value:"
                + " \"strict\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"");
  }

  private static Decoder.Decoded decode(Kind kind, String body, FieldValidation mode) {
    return Decoder.decode(Json.read(body.getBytes(UTF_8)), kind, mode);
  }
}
