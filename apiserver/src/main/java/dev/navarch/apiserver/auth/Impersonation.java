package dev.navarch.apiserver.auth;

import dev.navarch.api.ApiException;
import dev.navarch.http.Exchange;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Lets a user who may do so act as another (`kubectl --as`): each name, group, uid and extra value
/// that the request claims must be allowed.
public final class Impersonation {
  private static final String EXTRA = "impersonate-extra-";
  private static final String SERVICE_ACCOUNT = "system:serviceaccount:";
  private final Authorizer authorizer;

  public Impersonation(Authorizer authorizer) {
    this.authorizer = authorizer;
  }

  /// The user to act as: the caller when nothing else is asked.
  public User apply(User caller, Exchange exchange) {
    String name = exchange.header("Impersonate-User").orElse("");
    List<String> groups = exchange.headers("Impersonate-Group");
    String uid = exchange.header("Impersonate-Uid").orElse("");
    Map<String, List<String>> extra = extra(exchange);
    if (name.isEmpty()) {
      if (!groups.isEmpty() || !uid.isEmpty() || !extra.isEmpty()) {
        throw ApiException.badRequest(
            "requested Impersonate-Group, -Uid or -Extra without Impersonate-User");
      }
      return caller;
    }
    String[] account = name.split(":", -1);
    boolean isAccount = name.startsWith(SERVICE_ACCOUNT) && account.length == 4;
    if (isAccount) {
      check(caller, "", "serviceaccounts", "", account[2], account[3]);
    } else {
      check(caller, "", "users", "", "", name);
    }
    groups.forEach(group -> check(caller, "", "groups", "", "", group));
    if (!uid.isEmpty()) {
      check(caller, "authentication.k8s.io", "uids", "", "", uid);
    }
    extra.forEach(
        (key, values) ->
            values.forEach(
                value -> check(caller, "authentication.k8s.io", "userextras", key, "", value)));
    List<String> all = new ArrayList<>(groups);
    if (isAccount && groups.isEmpty()) {
      all.addAll(TokenChecker.groupsOf(account[2]));
    }
    User acting = new User(name, uid, List.copyOf(all), extra);
    return name.equals(User.ANONYMOUS.name())
        ? new User(name, uid, List.of("system:unauthenticated"), extra)
        : Authenticator.authenticated(acting);
  }

  private void check(
      User caller, String group, String resource, String sub, String namespace, String name) {
    var asked =
        new Authorizer.Attributes(
            caller, "impersonate", group, "v1", resource, sub, namespace, name, "");
    Authorizer.Decision decision = authorizer.decide(asked);
    if (!decision.allowed()) {
      throw Refusal.of(asked, decision.reason());
    }
  }

  private static Map<String, List<String>> extra(Exchange exchange) {
    Map<String, List<String>> extra = new LinkedHashMap<>();
    exchange
        .allHeaders()
        .forEach(
            (header, values) -> {
              String lower = header.toLowerCase(Locale.ROOT);
              if (lower.startsWith(EXTRA)) {
                String key =
                    URLDecoder.decode(lower.substring(EXTRA.length()), StandardCharsets.UTF_8);
                extra.put(key, values);
              }
            });
    return extra;
  }
}
