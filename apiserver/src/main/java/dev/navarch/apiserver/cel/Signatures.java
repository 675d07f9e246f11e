package dev.navarch.apiserver.cel;

import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelOverloadDecl;
import dev.cel.common.types.CelType;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.OpaqueType;
import dev.cel.common.types.OptionalType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.TypeParamType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the checker has to know of the functions that Kubernetes adds to CEL: one line each, with
/// upstream's names of the overloads. `type::name` is called on a value of that type.
final class Signatures {
  private static final String TABLE =
      """
      list_a_index_of_int        list<T>::indexOf(T) -> int
      list_a_last_index_of_int   list<T>::lastIndexOf(T) -> int
      list_sortByAssociatedKeys  list<T>::@sortByAssociatedKeys(list<U>) -> list<T>
      string_find_string         string::find(string) -> string
      string_find_all_string     string::findAll(string) -> list<string>
      string_find_all_string_int string::findAll(string, int) -> list<string>
      string_format              string::format(list<dyn>) -> string
      string_to_url              url(string) -> kubernetes.URL
      is_url_string              isURL(string) -> bool
      url_get_scheme             kubernetes.URL::getScheme() -> string
      url_get_host               kubernetes.URL::getHost() -> string
      url_get_hostname           kubernetes.URL::getHostname() -> string
      url_get_port               kubernetes.URL::getPort() -> string
      url_get_escaped_path       kubernetes.URL::getEscapedPath() -> string
      url_get_query              kubernetes.URL::getQuery() -> map<string, list<string>>
      string_to_quantity         quantity(string) -> kubernetes.Quantity
      is_quantity_string         isQuantity(string) -> bool
      quantity_sign              kubernetes.Quantity::sign() -> int
      quantity_is_integer        kubernetes.Quantity::isInteger() -> bool
      quantity_get_int           kubernetes.Quantity::asInteger() -> int
      quantity_get_float         kubernetes.Quantity::asApproximateFloat() -> double
      quantity_add               kubernetes.Quantity::add(kubernetes.Quantity) -> kubernetes.Quantity
      quantity_add_int           kubernetes.Quantity::add(int) -> kubernetes.Quantity
      quantity_sub               kubernetes.Quantity::sub(kubernetes.Quantity) -> kubernetes.Quantity
      quantity_sub_int           kubernetes.Quantity::sub(int) -> kubernetes.Quantity
      quantity_is_greater_than   kubernetes.Quantity::isGreaterThan(kubernetes.Quantity) -> bool
      quantity_is_less_than      kubernetes.Quantity::isLessThan(kubernetes.Quantity) -> bool
      quantity_compare_to        kubernetes.Quantity::compareTo(kubernetes.Quantity) -> int
      string_to_ip               ip(string) -> net.IP
      is_ip                      isIP(string) -> bool
      ip_is_canonical            ip.isCanonical(string) -> bool
      ip_to_string               string(net.IP) -> string
      family                     net.IP::family() -> int
      is_unspecified             net.IP::isUnspecified() -> bool
      is_loopback                net.IP::isLoopback() -> bool
      is_link_local_multicast    net.IP::isLinkLocalMulticast() -> bool
      is_link_local_unicast      net.IP::isLinkLocalUnicast() -> bool
      is_global_unicast          net.IP::isGlobalUnicast() -> bool
      string_to_cidr             cidr(string) -> net.CIDR
      is_cidr                    isCIDR(string) -> bool
      cidr_to_string             string(net.CIDR) -> string
      cidr_contains_ip_string    net.CIDR::containsIP(string) -> bool
      cidr_contains_ip_ip        net.CIDR::containsIP(net.IP) -> bool
      cidr_contains_cidr_string  net.CIDR::containsCIDR(string) -> bool
      cidr_contains_cidr         net.CIDR::containsCIDR(net.CIDR) -> bool
      cidr_ip                    net.CIDR::ip() -> net.IP
      cidr_masked                net.CIDR::masked() -> net.CIDR
      cidr_prefix_length         net.CIDR::prefixLength() -> int
      format_named               format.named(string) -> optional<kubernetes.NamedFormat>
      format_validate            kubernetes.NamedFormat::validate(string) -> optional<list<string>>
      string_to_semver           semver(string) -> kubernetes.Semver
      string_bool_to_semver      semver(string, bool) -> kubernetes.Semver
      is_semver_string           isSemver(string) -> bool
      is_semver_string_bool      isSemver(string, bool) -> bool
      semver_major               kubernetes.Semver::major() -> int
      semver_minor               kubernetes.Semver::minor() -> int
      semver_patch               kubernetes.Semver::patch() -> int
      semver_is_greater_than     kubernetes.Semver::isGreaterThan(kubernetes.Semver) -> bool
      semver_is_less_than        kubernetes.Semver::isLessThan(kubernetes.Semver) -> bool
      semver_compare_to          kubernetes.Semver::compareTo(kubernetes.Semver) -> int
      authorizer_path            AUTHZ.Authorizer::path(string) -> AUTHZ.PathCheck
      authorizer_group           AUTHZ.Authorizer::group(string) -> AUTHZ.GroupCheck
      authorizer_serviceaccount  AUTHZ.Authorizer::serviceAccount(string, string) -> AUTHZ.Authorizer
      pathcheck_check            AUTHZ.PathCheck::check(string) -> AUTHZ.Decision
      groupcheck_resource        AUTHZ.GroupCheck::resource(string) -> AUTHZ.ResourceCheck
      resourcecheck_subresource  AUTHZ.ResourceCheck::subresource(string) -> AUTHZ.ResourceCheck
      resourcecheck_namespace    AUTHZ.ResourceCheck::namespace(string) -> AUTHZ.ResourceCheck
      resourcecheck_name         AUTHZ.ResourceCheck::name(string) -> AUTHZ.ResourceCheck
      authorizer_field_selector  AUTHZ.ResourceCheck::fieldSelector(string) -> AUTHZ.ResourceCheck
      authorizer_label_selector  AUTHZ.ResourceCheck::labelSelector(string) -> AUTHZ.ResourceCheck
      resourcecheck_check        AUTHZ.ResourceCheck::check(string) -> AUTHZ.Decision
      decision_allowed           AUTHZ.Decision::allowed() -> bool
      decision_reason            AUTHZ.Decision::reason() -> string
      decision_errored           AUTHZ.Decision::errored() -> bool
      decision_error             AUTHZ.Decision::error() -> string
      """;

  private static final List<String> ORDERED =
      List.of("int", "uint", "double", "bool", "duration", "timestamp", "string", "bytes");
  private static final List<String> SUMMED = List.of("int", "uint", "double", "duration");

  private Signatures() {}

  static List<CelFunctionDecl> declarations() {
    Map<String, List<CelOverloadDecl>> overloads = new LinkedHashMap<>();
    for (String line : TABLE.replace("AUTHZ.", "kubernetes.authorization.").lines().toList()) {
      String[] parts = line.split(" +", 2);
      add(overloads, parts[0], parts[1]);
    }
    for (String type : ORDERED) {
      add(overloads, "list_" + type + "_is_sorted_bool", "list<" + type + ">::isSorted() -> bool");
      add(overloads, "list_" + type + "_min", "list<" + type + ">::min() -> " + type);
      add(overloads, "list_" + type + "_max", "list<" + type + ">::max() -> " + type);
    }
    for (String type : SUMMED) {
      add(overloads, "list_" + type + "_sum", "list<" + type + ">::sum() -> " + type);
    }
    for (String name : FormatFunctions.names()) {
      add(overloads, "format_" + name, "format." + name + "() -> kubernetes.NamedFormat");
    }
    return overloads.entrySet().stream()
        .map(entry -> CelFunctionDecl.newFunctionDeclaration(entry.getKey(), entry.getValue()))
        .toList();
  }

  /// More functions of one place where expressions stand.
  static CelFunctionDecl declaration(String id, String signature) {
    Map<String, List<CelOverloadDecl>> overloads = new LinkedHashMap<>();
    add(overloads, id, signature);
    Map.Entry<String, List<CelOverloadDecl>> only = overloads.entrySet().iterator().next();
    return CelFunctionDecl.newFunctionDeclaration(only.getKey(), only.getValue());
  }

  private static void add(
      Map<String, List<CelOverloadDecl>> overloads, String id, String signature) {
    int member = signature.indexOf("::");
    int open = signature.indexOf('(');
    int close = signature.indexOf(')');
    String name = signature.substring(member < 0 ? 0 : member + 2, open);
    List<CelType> parameters = new ArrayList<>();
    if (member >= 0) {
      parameters.add(type(signature.substring(0, member)));
    }
    String listed = signature.substring(open + 1, close);
    for (String parameter : listed.isEmpty() ? new String[0] : listed.split(", ")) {
      parameters.add(type(parameter));
    }
    CelType result = type(signature.substring(signature.indexOf("-> ") + 3));
    overloads
        .computeIfAbsent(name, missing -> new ArrayList<>())
        .add(
            member >= 0
                ? CelOverloadDecl.newMemberOverload(id, result, parameters)
                : CelOverloadDecl.newGlobalOverload(id, result, parameters));
  }

  /// The type that a word of the table names.
  static CelType type(String text) {
    int open = text.indexOf('<');
    if (open > 0) {
      String inner = text.substring(open + 1, text.length() - 1);
      return switch (text.substring(0, open)) {
        case "list" -> ListType.create(type(inner));
        case "optional" -> OptionalType.create(type(inner));
        default -> {
          int comma = inner.indexOf(", ");
          yield MapType.create(type(inner.substring(0, comma)), type(inner.substring(comma + 2)));
        }
      };
    }
    return switch (text) {
      case "bool" -> SimpleType.BOOL;
      case "int" -> SimpleType.INT;
      case "uint" -> SimpleType.UINT;
      case "double" -> SimpleType.DOUBLE;
      case "string" -> SimpleType.STRING;
      case "bytes" -> SimpleType.BYTES;
      case "dyn" -> SimpleType.DYN;
      case "timestamp" -> SimpleType.TIMESTAMP;
      case "duration" -> SimpleType.DURATION;
      case "T", "U" -> TypeParamType.create(text);
      default -> OpaqueType.create(text);
    };
  }
}
