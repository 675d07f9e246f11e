package dev.navarch.apiserver.cel;

import dev.cel.common.types.CelKind;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.SimpleType;
import dev.navarch.api.Quantity;
import dev.navarch.apiserver.cel.DeclaredType.MapOf;
import dev.navarch.apiserver.cel.DeclaredType.ObjectOf;
import dev.navarch.apiserver.cel.DeclaredType.Scalar;
import io.fabric8.kubernetes.api.model.resource.v1.Device;
import io.fabric8.kubernetes.api.model.resource.v1.DeviceAttribute;
import java.util.AbstractMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An expression that picks devices: `device.driver`, `device.attributes["domain"].name`,
/// `device.capacity["domain"].name`, `device.allowMultipleAllocations`. A domain that the device
/// does not know has no names; a name without a domain belongs to the driver's.
public final class DeviceExpression {
  /// What one evaluation may cost.
  public static final long MOST = Budget.PER_CALL;

  private static final long NAMES = 32;
  private static final DeclaredType AMOUNT =
      new Scalar(OpaqueType.create("kubernetes.Quantity"), 1, 64);
  private static final DeclaredType ATTRIBUTE = new Scalar(SimpleType.DYN, 1, 64);
  private static final ObjectOf DEVICE =
      new ObjectOf(
          "kubernetes.DRADevice",
          1,
          () ->
              Map.of(
                  "driver", new Scalar(SimpleType.STRING, 2, 63),
                  "attributes", new MapOf(new MapOf(ATTRIBUTE, NAMES), NAMES),
                  "capacity", new MapOf(new MapOf(AMOUNT, NAMES), NAMES),
                  "allowMultipleAllocations", DeclaredType.BOOL));

  private final Expression expression;

  private DeviceExpression(Expression expression) {
    this.expression = expression;
  }

  /// Holds what devices look like to expressions; made when the first is compiled.
  private static final class Devices {
    private static final Environment ENVIRONMENT =
        Environment.withBindings(Map.of("device", DEVICE));
  }

  /// @throws CompileFailed with what is wrong, and where
  public static DeviceExpression compile(String text) throws CompileFailed {
    return new DeviceExpression(Devices.ENVIRONMENT.compile(text));
  }

  /// Why it cannot pick devices, though it is an expression.
  public Optional<String> complaint() {
    return expression.yields(CelKind.BOOL)
        ? Optional.empty()
        : Optional.of(
            "must evaluate to bool or the unknown type, not " + expression.resultType().name());
  }

  /// What an evaluation costs at most, as far as types tell.
  public long estimatedCost() {
    return expression.estimatedCost();
  }

  /// @throws EvaluationFailed when it comes to an error, or to something that is no bool
  /// @throws CostExceeded when it takes more than it may
  public boolean matches(String driver, Device device) {
    var seen = new Seen(driver, device);
    Variables variables =
        name -> name.equals("device") ? Optional.of(seen) : Optional.<Object>empty();
    return switch (expression.evaluate(variables, Budget.of(MOST))) {
      case Boolean answer -> answer;
      case Object other ->
          throw new EvaluationFailed(
              "expected a bool, found a value of type " + Values.typeName(other));
    };
  }

  private record Seen(String driver, Device device) implements Fields {
    @Override
    public Optional<Object> field(String name) {
      return switch (name) {
        case "driver" -> Optional.of(driver);
        case "allowMultipleAllocations" ->
            Optional.of(Boolean.TRUE.equals(device.getAllowMultipleAllocations()));
        case "attributes" -> Optional.of(attributes());
        case "capacity" -> Optional.of(capacity());
        default -> Optional.empty();
      };
    }

    private Domains attributes() {
      Map<String, Map<String, Object>> domains = new HashMap<>();
      orEmpty(device.getAttributes())
          .forEach((name, attribute) -> put(domains, name, value(attribute)));
      return new Domains(domains);
    }

    private Domains capacity() {
      Map<String, Map<String, Object>> domains = new HashMap<>();
      orEmpty(device.getCapacity())
          .forEach(
              (name, capacity) ->
                  put(
                      domains,
                      name,
                      new QuantityFunctions.Amount(
                          Quantity.parse(capacity.getValue().toString()))));
      return new Domains(domains);
    }

    private void put(Map<String, Map<String, Object>> domains, String name, Object value) {
      int slash = name.indexOf('/');
      domains
          .computeIfAbsent(slash < 0 ? driver : name.substring(0, slash), none -> new HashMap<>())
          .put(name.substring(slash + 1), value);
    }

    private static Object value(DeviceAttribute attribute) {
      if (attribute.getString() != null) {
        return attribute.getString();
      }
      if (attribute.getBool() != null) {
        return attribute.getBool();
      }
      if (attribute.getInt() != null) {
        return attribute.getInt();
      }
      if (attribute.getVersion() != null) {
        return Functions.call("semver", List.of(attribute.getVersion()));
      }
      throw new EvaluationFailed("attribute has no value that is known here");
    }

    @Override
    public Set<String> present() {
      return DEVICE.fields().keySet();
    }

    @Override
    public String typeName() {
      return DEVICE.name();
    }
  }

  /// Names by their domains; a domain that is not there is one without names.
  static final class Domains extends AbstractMap<String, Map<String, Object>> {
    private final Map<String, Map<String, Object>> domains;

    Domains(Map<String, Map<String, Object>> domains) {
      this.domains = domains;
    }

    @Override
    public Map<String, Object> get(Object domain) {
      return domains.getOrDefault(domain, Map.of());
    }

    @Override
    public boolean containsKey(Object domain) {
      return domains.containsKey(domain);
    }

    @Override
    public Set<Entry<String, Map<String, Object>>> entrySet() {
      return domains.entrySet();
    }
  }

  private static <V> Map<String, V> orEmpty(@Nullable Map<String, V> map) {
    return map == null ? Map.of() : map;
  }
}
