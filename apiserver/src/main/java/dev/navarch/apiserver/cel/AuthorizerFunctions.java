package dev.navarch.apiserver.cel;

import static dev.navarch.apiserver.cel.StandardFunctions.text;

import dev.navarch.api.ApiException;
import dev.navarch.api.selectors.FieldSelector;
import dev.navarch.api.selectors.LabelSelector;
import dev.navarch.apiserver.auth.Authorizer;
import dev.navarch.apiserver.auth.User;
import dev.navarch.apiserver.cel.Functions.Function;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// Questions about rights: `authorizer.group('').resource('pods').namespace('x').check('get')`.
public final class AuthorizerFunctions {
  private AuthorizerFunctions() {}

  /// The variable `authorizer`: asks for the user whose request is judged.
  public record Asker(Authorizer authorizer, User user) implements Values.Opaque {
    /// The variable `authorizer.requestResource`.
    public Object resource(
        String group, String resource, String subresource, String namespace, String name) {
      return new ResourceCheck(this, group, resource, subresource, namespace, name);
    }

    @Override
    public String typeName() {
      return "kubernetes.authorization.Authorizer";
    }
  }

  record PathCheck(Asker asker, String path) implements Values.Opaque {
    @Override
    public String typeName() {
      return "kubernetes.authorization.PathCheck";
    }
  }

  record GroupCheck(Asker asker, String group) implements Values.Opaque {
    @Override
    public String typeName() {
      return "kubernetes.authorization.GroupCheck";
    }
  }

  record ResourceCheck(
      Asker asker, String group, String resource, String subresource, String namespace, String name)
      implements Values.Opaque {
    @Override
    public String typeName() {
      return "kubernetes.authorization.ResourceCheck";
    }
  }

  record Answer(Authorizer.Decision decision) implements Values.Opaque {
    @Override
    public String typeName() {
      return "kubernetes.authorization.Decision";
    }
  }

  static Map<String, Function> functions() {
    Map<String, Function> all = new HashMap<>();
    all.put("path", args -> path(asker(args), text(args.get(1))));
    all.put("group", args -> new GroupCheck(asker(args), text(args.get(1))));
    all.put("serviceAccount", AuthorizerFunctions::serviceAccount);
    all.put("resource", AuthorizerFunctions::resource);
    all.put(
        "subresource",
        args ->
            with(
                args,
                c ->
                    new ResourceCheck(
                        c.asker, c.group, c.resource, text(args.get(1)), c.namespace, c.name)));
    all.put(
        "namespace",
        args ->
            with(
                args,
                c ->
                    new ResourceCheck(
                        c.asker, c.group, c.resource, c.subresource, text(args.get(1)), c.name)));
    all.put(
        "name",
        args ->
            with(
                args,
                c ->
                    new ResourceCheck(
                        c.asker,
                        c.group,
                        c.resource,
                        c.subresource,
                        c.namespace,
                        text(args.get(1)))));
    all.put("fieldSelector", args -> selected(args, FieldSelector::parse));
    all.put("labelSelector", args -> selected(args, LabelSelector::parse));
    all.put("check", args -> check(args.getFirst(), text(args.get(1))));
    all.put("allowed", args -> answer(args).decision().allowed());
    all.put("reason", args -> answer(args).decision().reason());
    all.put("errored", args -> false);
    all.put("error", args -> "");
    return all;
  }

  private static Asker asker(List<Object> args) {
    if (args.getFirst() instanceof Asker asker) {
      return asker;
    }
    throw EvaluationFailed.noSuchOverload();
  }

  private static Answer answer(List<Object> args) {
    if (args.getFirst() instanceof Answer answer) {
      return answer;
    }
    throw EvaluationFailed.noSuchOverload();
  }

  private static Object path(Asker asker, String path) {
    if (path.isEmpty()) {
      throw new EvaluationFailed("path must not be empty");
    }
    return new PathCheck(asker, path);
  }

  private static Object serviceAccount(List<Object> args) {
    String namespace = text(args.get(1));
    String name = text(args.get(2));
    return new Asker(
        asker(args).authorizer(),
        new User(
            "system:serviceaccount:" + namespace + ":" + name,
            "",
            List.of(
                "system:serviceaccounts",
                "system:serviceaccounts:" + namespace,
                "system:authenticated"),
            Map.of()));
  }

  private static Object resource(List<Object> args) {
    if (args.getFirst() instanceof GroupCheck(Asker asker, String group)) {
      return new ResourceCheck(asker, group, text(args.get(1)), "", "", "");
    }
    throw EvaluationFailed.noSuchOverload();
  }

  private static Object with(List<Object> args, UnaryOperator<ResourceCheck> change) {
    if (args.getFirst() instanceof ResourceCheck check) {
      return change.apply(check);
    }
    throw EvaluationFailed.noSuchOverload();
  }

  /// No authorizer here gives rights by selector, so a selector narrows a question without changing
  /// its answer; one that cannot be read is an error all the same.
  private static Object selected(List<Object> args, Consumer<String> parser) {
    try {
      parser.accept(text(args.get(1)));
      return args.getFirst();
    } catch (ApiException | IllegalArgumentException e) {
      throw new EvaluationFailed(String.valueOf(e.getMessage()));
    }
  }

  private static Object check(Object question, String verb) {
    return switch (question) {
      case PathCheck(Asker asker, String path) ->
          answer(
              asker, new Authorizer.Attributes(asker.user(), verb, "", "", "", "", "", "", path));
      case ResourceCheck check ->
          answer(
              check.asker(),
              new Authorizer.Attributes(
                  check.asker().user(),
                  verb,
                  check.group(),
                  "*",
                  check.resource(),
                  check.subresource(),
                  check.namespace(),
                  check.name(),
                  ""));
      default -> throw EvaluationFailed.noSuchOverload();
    };
  }

  private static Answer answer(Asker asker, Authorizer.Attributes question) {
    return new Answer(asker.authorizer().decide(question));
  }
}
