package dev.navarch.app.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @Test
  void addressesAndPartsOfARange() {
    assertThat(Cidr.parse("10.140.0.0/24").host(10)).isEqualTo("10.140.0.10");
    assertThat(Cidr.parse("10.140.0.0/24").hostWithBits(1)).isEqualTo("10.140.0.1/24");
    assertThat(Cidr.parse("10.40.0.0/16").part(3, 24)).hasToString("10.40.3.0/24");
  }

  @ParameterizedTest
  @CsvSource({
    "10.40.0.0/16, 10.40.7.0/24, true",
    "10.40.0.0/16, 10.41.0.0/16, false",
    "10.0.0.0/8, 10.255.255.0/30, true"
  })
  void rangesOverlapOrDoNot(String one, String other, boolean overlap) {
    assertThat(Cidr.parse(one).overlaps(Cidr.parse(other))).isEqualTo(overlap);
    assertThat(Cidr.parse(other).overlaps(Cidr.parse(one))).isEqualTo(overlap);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10.0.0.0", "10.0.0/8", "10.0.0.256/24", "10.0.0.0/31", "a.b.c.d/8"})
  void whatIsNoRangeIsNamed(String text) {
    assertThatThrownBy(() -> Cidr.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + text + "' is no IPv4 range");
  }

  @Test
  void hostBitsAreAnErrorThatSaysWhatWasMeant() {
    assertThatThrownBy(() -> Cidr.parse("10.0.0.1/24")).hasMessageContaining("10.0.0.0/24");
  }
}
