package dev.navarch.apiserver.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.resource.v1.Device;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What expressions see of a device.
class DeviceExpressionTest {
  private static final Device GPU =
      Objects.read(
          """
          {"name": "gpu-0", "allowMultipleAllocations": true,
           "attributes": {"model": {"string": "a100"}, "index": {"int": 3}, "ecc": {"bool": true},
             "other.example.com/driver": {"version": "1.10.2"}},
           "capacity": {"memory": {"value": "40Gi"}}}
          """
              .getBytes(StandardCharsets.UTF_8),
          Device.class);

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          device.driver == "gpu.example.com"                                                | true
          device.attributes["gpu.example.com"].model == "a100"                              | true
          device.attributes["gpu.example.com"].index > 5                                    | false
          device.attributes["gpu.example.com"].ecc                                          | true
          device.attributes["other.example.com"].driver.isGreaterThan(semver("1.9.0"))      | true
          device.attributes["other.example.com"].driver.compareTo(semver("1.10.2")) == 0    | true
          device.capacity["gpu.example.com"].memory.compareTo(quantity("32Gi")) >= 0        | true
          device.capacity["gpu.example.com"].memory.isLessThan(quantity("32Gi"))            | false
          has(device.attributes["nobody.example.com"].model)                                | false
          "nobody.example.com" in device.attributes                                         | false
          "gpu.example.com" in device.attributes                                            | true
          device.attributes["gpu.example.com"].?size.orValue("none") == "none"              | true
          cel.bind(gpu, device.attributes["gpu.example.com"], gpu.ecc && gpu.index == 3)    | true
          device.allowMultipleAllocations                                                   | true
          """)
  void anExpressionIsTrueOrFalse(String text, boolean expected) throws CompileFailed {
    DeviceExpression expression = DeviceExpression.compile(text);

    assertThat(expression.matches("gpu.example.com", GPU)).isEqualTo(expected);
    assertThat(expression.estimatedCost()).isLessThan(DeviceExpression.MOST);
  }

  @Test
  void aNameThatTheDeviceHasNotIsAnError() throws CompileFailed {
    DeviceExpression expression =
        DeviceExpression.compile("device.attributes[\"gpu.example.com\"].size == 1");

    assertThatThrownBy(() -> expression.matches("gpu.example.com", GPU))
        .isInstanceOf(EvaluationFailed.class)
        .hasMessageContaining("no such key: size");
  }

  @ParameterizedTest
  @ValueSource(strings = {"device.color == 1", "node.name == \"a\"", "device."})
  void whatCannotPickDevicesIsRefused(String text) {
    assertThatThrownBy(() -> DeviceExpression.compile(text)).isInstanceOf(CompileFailed.class);
  }

  @Test
  void whatIsNoConditionSaysSo() throws CompileFailed {
    assertThat(DeviceExpression.compile("device.driver").complaint())
        .hasValue("must evaluate to bool or the unknown type, not string");
  }
}
