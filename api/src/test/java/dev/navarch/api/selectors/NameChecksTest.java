package dev.navarch.api.selectors;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NameChecksTest {
  private static final String SUBDOMAIN =
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or"
          + " '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex"
          + " used for validation is"
          + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

  @ParameterizedTest
  @ValueSource(strings = {"a", "a-b", "0", "web.example.com", "a.b-c.d0"})
  void takesSubdomains(String name) {
    assertThat(NameChecks.dnsSubdomain(name)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "A", "-a", "a-", "a..b", "a_b", "a b", ".a", "ä", "a\n"})
  void explainsWhatASubdomainIs(String name) {
    assertThat(NameChecks.dnsSubdomain(name)).containsExactly(SUBDOMAIN);
  }

  @Test
  void countsBytes() {
    assertThat(NameChecks.dnsSubdomain("a".repeat(253))).isEmpty();
    assertThat(NameChecks.dnsSubdomain("a".repeat(254)))
        .containsExactly("must be no more than 253 bytes");
    assertThat(NameChecks.dnsSubdomain("a.".repeat(1_000_000))).hasSize(2);
  }

  @Test
  void tellsLabelsFromSubdomains() {
    assertThat(NameChecks.dnsLabel("web-1")).isEmpty();
    assertThat(NameChecks.dnsLabel("web.1")).containsExactly("must not contain dots");
    assertThat(NameChecks.dnsLabel("Web"))
        .containsExactly(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-',"
                + " and must start and end with an alphanumeric character (e.g. 'my-name',  or"
                + " '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')");
    assertThat(NameChecks.dns1035Label("a1")).isEmpty();
    assertThat(NameChecks.dns1035Label("1a"))
        .singleElement()
        .asString()
        .startsWith("a DNS-1035 label must");
  }

  @Test
  void takesPrefixesOfQualifiedNames() {
    assertThat(NameChecks.labelKey("app")).isEmpty();
    assertThat(NameChecks.labelKey("app.kubernetes.io/Name_1")).isEmpty();
    assertThat(NameChecks.annotationKey("Example.com/Note")).isEmpty();
    assertThat(NameChecks.labelKey("/name")).containsExactly("prefix part must be non-empty");
    assertThat(NameChecks.labelKey("Example.com/Note")).containsExactly("prefix part " + SUBDOMAIN);
    assertThat(NameChecks.labelKey("a/b/c"))
        .containsExactly(
            "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must"
                + " start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or"
                + " '123-abc', regex used for validation is"
                + " '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain"
                + " prefix and '/' (e.g. 'example.com/MyName')");
    assertThat(NameChecks.labelKey("")).hasSize(2).first().isEqualTo("name part must be non-empty");
    assertThat(NameChecks.labelKey("a".repeat(64)))
        .containsExactly("name part must be no more than 63 bytes");
  }

  @Test
  void takesEmptyLabelValues() {
    assertThat(NameChecks.labelValue("")).isEmpty();
    assertThat(NameChecks.labelValue("v1.2_x-Y")).isEmpty();
    assertThat(NameChecks.labelValue("-"))
        .singleElement()
        .asString()
        .startsWith("a valid label must be an empty string");
  }

  @Test
  void keepsPathSegmentsInOneSegment() {
    assertThat(NameChecks.pathSegment("system:node")).isEmpty();
    assertThat(NameChecks.pathSegment("..")).containsExactly("may not be '..'");
    assertThat(NameChecks.pathSegment("a/b%c"))
        .containsExactly("may not contain '/'", "may not contain '%'");
  }

  /// The checks run without the regular expressions that they show to users.
  @Test
  void checksAreWhatTheirRegularExpressionsSay() {
    String label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
    String name = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
    Random random = new Random(1);
    String letters = "aZ0-_./*é";
    for (int i = 0; i < 20_000; i++) {
      StringBuilder made = new StringBuilder();
      for (int length = random.nextInt(7); length > 0; length--) {
        made.append(letters.charAt(random.nextInt(letters.length())));
      }
      String text = made.toString();
      String subdomain = label + "(\\." + label + ")*";
      assertSame(text, NameChecks.dnsLabel(text), label);
      assertSame(text, NameChecks.dns1035Label(text), "[a-z]([-a-z0-9]*[a-z0-9])?");
      assertSame(text, NameChecks.dnsSubdomain(text), subdomain);
      assertSame(text, NameChecks.wildcardSubdomain(text), "\\*\\." + subdomain);
      assertSame(text, NameChecks.labelValue(text), "(" + name + ")?");
      assertSame(text, NameChecks.qualifiedName(text), "(" + subdomain + "/)?" + name);
    }
  }

  private static void assertSame(String text, List<String> complaints, String regex) {
    assertThat(complaints.isEmpty()).as(text).isEqualTo(text.matches(regex));
  }
}
