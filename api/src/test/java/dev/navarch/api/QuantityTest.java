package dev.navarch.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class QuantityTest {

  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "-0, 0",
    "0Ki, 0",
    "1, 1",
    "+1, 1",
    "1000m, 1",
    "1500m, 1500m",
    "100m, 100m",
    "0.5, 500m",
    ".5, 500m",
    "1., 1",
    "0.1, 100m",
    "1k, 1k",
    "1000, 1k",
    "1500, 1500",
    "1000k, 1M",
    "12345678, 12345678",
    "1E, 1E",
    "1000E, 1000E",
    "1Ki, 1Ki",
    "1024Ki, 1Mi",
    "1024Mi, 1Gi",
    "1.5Gi, 1536Mi",
    "0.5Mi, 512Ki",
    "100Ki, 100Ki",
    "1000Ki, 1000Ki",
    "0.5Ki, 512",
    "0.0001Ki, 102400u",
    "8Ei, 9223372036854775807",
    "-8Mi, -8Mi",
    "1e3, 1e3",
    "1E3, 1e3",
    "1e2, 100",
    "12e6, 12e6",
    "1e-3, 1e-3",
    "1e0, 1",
    "1000000e3, 1e9",
    "0.0000000001, 1n",
    "1e-100, 1e-9",
    "1n, 1n",
    "1u, 1u",
    "-250m, -250m",
    "18446744073709551616, 18446744073709551616",
    "Mi, 0",
    "007, 7"
  })
  void printsOneCanonicalForm(String text, String canonical) {
    assertThat(Quantity.canonical(text)).isEqualTo(canonical);
    assertThat(Quantity.canonical(canonical)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "abc", "1 Gi", "1Gi ", "1.2.3", "1mm5x", "five", "1,5"})
  void refusesWhatIsNoQuantity(String text) {
    assertThatThrownBy(() -> Quantity.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "quantities must match the regular expression"
                + " '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"--1", "1Kii", "1K", "1mm", "1e", "1g3", "1e99999999999", "1e2000", "1E-2000"})
  void refusesUnknownSuffixes(String text) {
    assertThatThrownBy(() -> Quantity.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1000",
    "100m, 1, 100",
    "1001u, 1, 2",
    "-1500m, -2, -1500",
    "1Ki, 1024, 1024000",
    "1e300, 9223372036854775807, 9223372036854775807",
    "-1e300, -9223372036854775808, -9223372036854775808"
  })
  void roundsAwayFromZero(String text, long value, long milli) {
    assertThat(Quantity.parse(text).value()).isEqualTo(value);
    assertThat(Quantity.parse(text).milliValue()).isEqualTo(milli);
  }

  @Test
  void comparesAmountsWhateverTheFormat() {
    assertThat(Quantity.parse("1024"))
        .isEqualTo(Quantity.parse("1Ki"))
        .hasSameHashCodeAs(Quantity.parse("1Ki"));
    assertThat(Quantity.parse("1G")).isLessThan(Quantity.parse("1Gi"));
    assertThat(Quantity.parse("-1")).isLessThan(Quantity.ZERO);
  }

  @Test
  void addsInItsOwnFormatUnlessItIsZero() {
    assertThat(Quantity.parse("1Gi").add(Quantity.parse("1024M"))).hasToString("2048576Ki");
    assertThat(Quantity.parse("1Gi").add(Quantity.parse("1Gi"))).hasToString("2Gi");
    assertThat(Quantity.ZERO.add(Quantity.parse("1Mi"))).hasToString("1Mi");
    assertThat(Quantity.parse("1").subtract(Quantity.parse("250m"))).hasToString("750m");
    assertThat(Quantity.ofMilli(2500)).hasToString("2500m");
    assertThat(Quantity.of(2048, Quantity.Format.BINARY)).hasToString("2Ki");
  }

  /// Most quantities are passed on without being taken apart: it must never show.
  @Test
  void theShortWayToTheCanonicalFormIsTheLongOne() {
    for (String suffix :
        List.of(
            "", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")) {
      for (long number :
          new long[] {
            0, 1, 7, 10, 100, 512, 999, 1000, 1023, 1024, 1500, 2048, 8191, 8192, 65536, 999_999_999
          }) {
        String text = number + suffix;
        assertThat(Quantity.canonical(text)).as(text).isEqualTo(Quantity.parse(text).toString());
      }
    }
  }
}
