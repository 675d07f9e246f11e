package dev.navarch.apiserver.cel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.Json;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.ObjectNode;

final class ExpressionTest {
  private static final String SCHEMA =
      """
      {"type": "object", "properties": {
        "replicas": {"type": "integer"},
        "name": {"type": "string", "maxLength": 10},
        "kebab-case": {"type": "string"},
        "namespace": {"type": "string"},
        "port": {"x-kubernetes-int-or-string": true},
        "since": {"type": "string", "format": "date-time"},
        "wait": {"type": "string", "format": "duration"},
        "blob": {"type": "string", "format": "byte"},
        "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "rows": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"],
          "items": {"type": "object", "properties": {"id": {"type": "string"}, "n": {"type": "integer"}}}},
        "numbers": {"type": "array", "maxItems": 5, "items": {"type": "integer"}},
        "labels": {"type": "object", "additionalProperties": {"type": "string"}},
        "open": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}
      }}
      """;

  static final String DOCUMENT =
      """
      {"replicas": 3, "name": "abc", "kebab-case": "k", "namespace": "ns", "port": "80%",
       "since": "2024-01-02T03:04:05Z", "wait": "90s", "blob": "aGk=", "tags": ["a", "b"],
       "rows": [{"id": "x", "n": 1}, {"id": "y", "n": 2}], "numbers": [1, 2, 3],
       "labels": {"app": "web", "a-b": "c"}}
      """;

  static final DeclaredType SELF =
      StructuralTypes.of("selfType", Json.parse(SCHEMA.getBytes(StandardCharsets.UTF_8)), true)
          .orElseThrow();
  static final Environment ENVIRONMENT =
      Environment.of(Map.of("self", SELF, "oldSelf", SELF, "object", DeclaredType.DYN));

  static Object evaluate(String text) {
    return evaluate(text, Budget.of(Budget.PER_REQUEST));
  }

  static Object evaluate(String text, Budget budget) {
    ObjectNode document = Json.parse(DOCUMENT.getBytes(StandardCharsets.UTF_8));
    return compile(text)
        .evaluate(
            Variables.of(
                Map.of(
                    "self", Documents.value(document, SELF),
                    "oldSelf", Documents.value(document.deepCopy(), SELF),
                    "object", Documents.value(document, DeclaredType.DYN))),
            budget);
  }

  private static Expression compile(String text) {
    try {
      return ENVIRONMENT.compile(text);
    } catch (CompileFailed e) {
      throw new AssertionError(text + ": " + e.getMessage(), e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "self.replicas == 3 && self.replicas > 2 && self.replicas % 2 == 1",
        "self.replicas == oldSelf.replicas",
        "self == oldSelf",
        "self.kebab__dash__case == 'k'",
        "self.__namespace__ == 'ns'",
        "object.namespace == 'ns'",
        "object['kebab-case'] == 'k'",
        "type(self.port) == string && self.port.endsWith('%')",
        "self.since < timestamp('2025-01-01T00:00:00Z') && self.since.getFullYear() == 2024",
        "self.wait == duration('1m30s') && self.wait.getSeconds() == 90",
        "self.blob == b'hi' && string(self.blob) == 'hi'",
        "self.tags == ['b', 'a'] && self.tags != ['a']",
        "(self.tags + ['c', 'a']).size() == 3",
        "self.rows.exists(r, r.id == 'y' && r.n == 2)",
        "self.rows.all(r, r.n < 3) && !self.rows.all(r, r.n < 2)",
        "self.rows.exists_one(r, r.n == 1)",
        "self.rows.map(r, r.n) == [1, 2] && self.rows.filter(r, r.n > 1).size() == 1",
        "self.rows.map(r, r.n > 1, r.id) == ['y']",
        "'app' in self.labels && self.labels['a-b'] == 'c' && self.labels.all(k, k.size() > 2)",
        "has(self.name) && !has(self.open) && has(self.labels.app) && !has(self.labels.zzz)",
        "self.?open.hasValue() == false && self.labels[?'nope'].orValue('x') == 'x'",
        "optional.of(1).optMap(x, x + 1).value() == 2 && optional.none().or(optional.of(3)).value()"
            + " == 3",
        "[1, ?optional.none(), ?optional.of(2)] == [1, 2] && {?'a': optional.none()}.size() == 0",
        "self.numbers.sum() == 6 && self.numbers.min() == 1 && self.numbers.max() == 3",
        "self.numbers.isSorted() && self.numbers.indexOf(2) == 1 && [1, 1].lastIndexOf(1) == 1",
        "{'a': 1, 'b': 2}.all(k, v, v < 3) && [5, 6].exists(i, v, i == 1 && v == 6)",
        "[1, 2].transformList(i, v, i + v) == [1, 3] && {'a': 1}.transformMap(k, v, v + 1) == {'a':"
            + " 2}",
        "{'a': 'x'}.transformMapEntry(k, v, {v: k}) == {'x': 'a'}",
        "[3, 1, 2].sort() == [1, 2, 3] && ['b', 'a'].sort() == ['a', 'b'] && [1, 1, 2].distinct() == [1, 2]",
        "[1, 2, 3, 4].slice(1, 3) == [2, 3] && [1, 2].reverse() == [2, 1] && lists.range(3) == [0, 1, 2]",
        "[[1], [2, 3]].flatten() == [1, 2, 3] && dyn([[[1]], [[2]]]).flatten(2) == [1, 2]",
        "self.rows.sortBy(r, -r.n).map(r, r.id) == ['y', 'x'] && ['', 'a'].join('-') == '-a'",
        "sets.contains([1, 2], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1],"
            + " [1, 3])",
        "'abc 123'.find('[0-9]+') == '123' && '1 2 3'.findAll('[0-9]', 2) == ['1', '2']",
        "'x'.matches('^[a-z]$') && !'X1'.matches('^[a-z]$')",
        "'hello'.charAt(1) == 'e' && 'hello'.indexOf('l') == 2 && 'hello'.lastIndexOf('l') == 3",
        "'a,b'.split(',') == ['a', 'b'] && ['a', 'b'].join('-') == 'a-b' && ' x '.trim() == 'x'",
        "'hello'.substring(1, 3) == 'el' && 'aXa'.replace('a', 'b') == 'bXb' && 'Ab'.lowerAscii()"
            + " == 'ab'",
        "'%s is %d and %.2f'.format(['x', 3, 1.5]) == 'x is 3 and 1.50'",
        "'%s'.format([[1, 'a', true]]) == '[1, a, true]' && '%x'.format([255]) == 'ff'",
        "url('https://a.b:80/c?d=e').getHost() == 'a.b:80' && url('https://a.b:80/c').getPort() =="
            + " '80'",
        "url('https://a.b/c?d=e&d=f').getQuery()['d'] == ['e', 'f'] && !isURL('a b c')",
        "quantity('1Gi').isGreaterThan(quantity('1000M')) && quantity('50k').asInteger() == 50000",
        "quantity('1').add(quantity('500m')).compareTo(quantity('1500m')) == 0 && isQuantity('5k')"
            + " && !isQuantity('x')",
        "ip('10.0.0.1').family() == 4 && ip('::1').isLoopback() && !isIP('10.0.0.256') &&"
            + " !isIP('::ffff:1.2.3.4')",
        "ip.isCanonical('2001:db8::1') && !ip.isCanonical('2001:DB8::1') && string(ip('::1')) =="
            + " '::1'",
        "cidr('10.0.0.0/8').containsIP('10.1.2.3') &&"
            + " !cidr('10.0.0.0/8').containsIP(ip('11.0.0.1'))",
        "cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16') && cidr('10.1.2.3/8').masked() =="
            + " cidr('10.0.0.0/8')",
        "cidr('192.168.0.0/24').prefixLength() == 24 && cidr('192.168.0.0/24').ip() =="
            + " ip('192.168.0.0')",
        "format.dns1123Label().validate('ok') == optional.none()",
        "format.named('dns1123Label').value().validate('Not OK').hasValue()",
        "!format.named('nothing').hasValue() && format.uuid().validate('x').value() == ['does not"
            + " match the UUID format']",
        "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('v1.2', true).minor() == 2 &&"
            + " !isSemver('1.2')",
        "semver('1.0.0-alpha').compareTo(semver('1.0.0')) == -1 && isSemver('1.0.0+build')",
        "dyn(1) == 1.0 && dyn(1u) == 1 && 2 > 1.5 && dyn([1]) == [1.0]",
        "int('5') == 5 && string(5) == '5' && double('1.5') == 1.5 && uint(3) == 3u &&"
            + " bool('true')",
        "string(1.0) == '1' && string(1.5) == '1.5' && string(duration('90s')) == '90s'",
        "timestamp('2024-01-01T00:00:00Z') + duration('1h') == timestamp('2024-01-01T01:00:00Z')",
        "true || 1 / 0 > 0",
        "1 / 0 > 0 || true",
        "!(false && 1 / 0 > 0)",
        "[0, 1].exists(x, 1 / x == 1)",
        "(self.replicas > 2 ? 'many' : 'few') == 'many'",
        "dyn(1) == 1 && type(dyn([])) == list && type(null) == null_type"
      })
  void isTrue(String text) {
    assertThat(evaluate(text)).isEqualTo(true);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "1 / 0 == 1 | division by zero",
        "[1].slice(0, 2) == [1] | cannot slice(0, 2), list is length 1",
        "[1].slice(2, 1) == [1] | start index must be less than or equal to end index",
        "lists.range(-1) == [] | lists.range: size must be non-negative, got -1",
        "[dyn(1), dyn('a')].sort() == [] | list elements must have the same type",
        "self.labels.nope == 'x' | no such key: nope",
        "self.numbers[7] == 1 | index out of bounds: 7",
        "9223372036854775807 + 1 == 0 | integer overflow",
        "int('x') == 1 | strconv.ParseInt: parsing \"x\": invalid syntax",
        "quantity('x').sign() == 1 | quantities must match",
        "optional.none().value() == 1 | optional.none() dereference",
        "object.replicas.nope == 1 | no such overload",
        "[0].all(x, 1 / x == 1) | division by zero",
        "'a'.matches('(' + '') | error parsing regexp"
      })
  void fails(String text, String message) {
    assertThatThrownBy(() -> evaluate(text))
        .isInstanceOf(EvaluationFailed.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "self.nope == 1 | compilation failed: ERROR: <input>:1:5: undefined field 'nope'",
        "unknown > 1 | compilation failed: ERROR: <input>:1:1: undeclared reference to 'unknown'"
            + " (in container '')",
        "self.replicas == 'x' | compilation failed: ERROR: <input>:1:15: found no matching overload"
            + " for '_==_' applied to '(int, string)'",
        "self. | compilation failed: ERROR: <input>:1:6: Syntax error",
        "self.open.anything | undefined field 'anything'",
        "duration('5 minutes') > duration('1s') | ERROR: <input>:1:10: invalid duration argument",
        "timestamp('today') == self.since | ERROR: <input>:1:11: invalid timestamp argument",
        "self.name.matches('[a') | ERROR: <input>:1:19: invalid matches argument",
        "[1, 'a'].size() == 2 | ERROR: <input>:1:5: expected type 'int' but found 'string'",
        "{'a': 1, 'b': true}.size() == 2 | ERROR: <input>:1:15: expected type 'int' but found 'bool'"
      })
  void isNotCompiled(String text, String message) {
    assertThatThrownBy(() -> ENVIRONMENT.compile(text))
        .isInstanceOf(CompileFailed.class)
        .hasMessageContaining(message);
  }

  @Test
  void knowsWhatItReads() {
    assertThat(compile("self.replicas >= oldSelf.replicas").names("oldSelf")).isTrue();
    assertThat(compile("self.replicas >= 1").names("oldSelf")).isFalse();
  }

  @Test
  void stopsAtItsCost() {
    String deep = "true";
    for (int i = 0; i < 15; i++) {
      deep = "[1, 2, 3, 4].all(n, " + deep + ")";
    }
    String expensive = deep;
    assertThatThrownBy(() -> evaluate(expensive))
        .isInstanceOf(CostExceeded.class)
        .hasMessage("operation cancelled: actual cost limit exceeded");
  }

  /// Each took all memory before anybody asked what it had cost.
  @ParameterizedTest
  @ValueSource(
      strings = {
        "lists.range(1000).map(x, 'a').join('').replace('a', lists.range(100000).map(x, 'b').join(''))"
            + " == ''",
        "sets.contains(lists.range(100000), lists.range(100000))",
        "lists.range(1000000).sort().size() > 0",
        "'%s%s%s%s%s%s%s%s'.format(lists.range(8).map(x, lists.range(200000))).size() > 0",
        "optional.of([1, 2, 3, 4]).optMap(a, a + a).optMap(a, a + a).optMap(a, a + a).optMap(a, a + a)"
            + ".optMap(a, a + a).optMap(a, a + a).optMap(a, a + a).optMap(a, a + a).optMap(a, a + a)"
            + ".optMap(a, a + a).optMap(a, a + a).optMap(a, a + a).optMap(a, a + a).optMap(a, a + a)"
            + ".optMap(a, a + a).optMap(a, a + a).optMap(a, a + a).optMap(a, a + a).optMap(a, a + a)"
            + ".optMap(a, a + a).optMap(a, a + a).optMap(a, a + a).hasValue()"
      })
  @Timeout(20)
  void makesNothingThatNobodyCouldPay(String text) {
    assertThatThrownBy(() -> evaluate(text)).isInstanceOf(CostExceeded.class);
  }

  @Test
  void paysFromItsBudget() {
    Budget budget = Budget.of(100);
    evaluate("self.replicas == 3", budget);
    assertThat(budget.remaining()).isEqualTo(97);
    assertThatThrownBy(() -> evaluate("[1, 2, 3, 4, 5, 6, 7].map(x, x * x).size() > 3", budget))
        .isInstanceOf(CostExceeded.class)
        .hasMessageContaining("running out of cost budget");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "true | 0",
        "self.replicas == 3 | 2",
        "self.numbers.all(x, x == 3) | 23",
        "self.name == 'abc' | 3",
        "sets.contains(self.numbers, [1, 2]) | 23",
        "sets.equivalent(self.numbers, [1]) | 23",
        "self.numbers.sort() == [1] | 74",
        "self.numbers.distinct().size() == 1 | 65",
        "lists.range(5).size() == 5 | 18",
        "self.numbers.slice(1, 3).size() == 2 | 17",
        "self.name.format([]) == 'a' | 17",
        "format.dns1123Label().validate(self.name).hasValue() | 132",
        "ip('10.0.0.1') == ip('10.0.0.2') | 3"
      })
  void estimates(String text, long cost) {
    assertThat(compile(text).estimatedCost()).isEqualTo(cost);
  }

  /// The name of an optional field has no type, and the estimate stumbled over it.
  @Test
  void estimatesOptionalFields() {
    assertThat(compile("self.?open.hasValue()").estimatedCost()).isEqualTo(3);
    assertThat(compile("self.labels[?'a'].orValue('x') == 'x'").estimatedCost()).isPositive();
  }

  @Test
  void estimatesWithoutBound() {
    assertThat(compile("self.tags.all(a, self.tags.all(b, a != b))").estimatedCost())
        .isGreaterThan(Budget.PER_CALL);
  }

  @Test
  void resultsBecomeDocuments() {
    assertThat(
            Json.text(
                Documents.node(
                    evaluate("{'a': dyn([dyn(1), dyn('x'), dyn(null)]), 'r': dyn(self.rows[0])}"))))
        .isEqualTo("{\"a\":[1,\"x\",null],\"r\":{\"id\":\"x\",\"n\":1}}");
  }
}
