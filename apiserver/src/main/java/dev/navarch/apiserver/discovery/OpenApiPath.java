package dev.navarch.apiserver.discovery;

import dev.navarch.api.Kind;
import dev.navarch.apiserver.discovery.ApiGroups.GroupVersion;
import dev.navarch.apiserver.discovery.OpenApiOperation.GroupVersionKind;
import dev.navarch.apiserver.discovery.OpenApiOperation.Parameter;
import dev.navarch.apiserver.discovery.Subresources.Subresource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The paths that serve a kind, with their operations: its collection, its objects, and the
/// subresources of these.
record OpenApiPath(String path, List<Parameter> parameters, List<OpenApiOperation> operations) {
  static final String DELETE_OPTIONS = "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions";
  static final String STATUS = "io.k8s.apimachinery.pkg.apis.meta.v1.Status";
  static final String PATCH = "io.k8s.apimachinery.pkg.apis.meta.v1.Patch";

  private static final List<Parameter> WRITE =
      List.of(
          Parameter.text("dryRun"),
          Parameter.text("fieldManager"),
          Parameter.text("fieldValidation"));
  private static final List<Parameter> FORCED = with(WRITE, List.of(Parameter.flag("force")));
  private static final List<Parameter> DELETE =
      List.of(
          Parameter.text("dryRun"),
          Parameter.number("gracePeriodSeconds"),
          Parameter.flag("orphanDependents"),
          Parameter.text("propagationPolicy"));
  private static final List<Parameter> SELECT =
      List.of(
          Parameter.text("continue"),
          Parameter.text("fieldSelector"),
          Parameter.text("labelSelector"),
          Parameter.number("limit"),
          Parameter.text("resourceVersion"),
          Parameter.text("resourceVersionMatch"),
          Parameter.flag("sendInitialEvents"),
          Parameter.number("timeoutSeconds"));
  private static final List<Parameter> LIST =
      with(SELECT, List.of(Parameter.flag("allowWatchBookmarks"), Parameter.flag("watch")));

  /// Every path of a kind.
  static List<OpenApiPath> of(Kind kind) {
    GroupVersion version = new GroupVersion(kind.group(), kind.version());
    String collection =
        version.path() + (kind.namespaced() ? "/namespaces/{namespace}/" : "/") + kind.plural();
    String scope = kind.namespaced() ? "Namespaced" : "";
    Builder builder = new Builder(kind, version, scope + kind.kind());
    List<OpenApiPath> paths = new ArrayList<>();
    if (kind.namespaced() && kind.verbs().contains("list")) {
      Builder everywhere = new Builder(kind, version, kind.kind() + "ForAllNamespaces");
      everywhere.list(kind);
      paths.add(
          new OpenApiPath(version.path() + "/" + kind.plural(), List.of(), everywhere.operations));
    }
    List<Parameter> scoped = kind.namespaced() ? List.of(Parameter.inPath("namespace")) : List.of();
    List<Parameter> named = with(List.of(Parameter.inPath("name")), scoped);
    builder.collection(kind);
    add(paths, collection, scoped, builder.operations);
    Builder object = new Builder(kind, version, scope + kind.kind());
    object.object(kind);
    add(paths, collection + "/{name}", named, object.operations);
    for (Subresource each : Subresources.of(kind)) {
      Builder below =
          new Builder(kind, version, scope + kind.kind() + OpenApiNames.capital(each.name()));
      below.subresource(each);
      add(paths, collection + "/{name}/" + each.name(), named, below.operations);
      if (each.name().equals("proxy")) {
        Builder further = new Builder(kind, version, scope + kind.kind() + "ProxyWithPath");
        further.subresource(each);
        add(
            paths,
            collection + "/{name}/proxy/{path}",
            with(named, List.of(Parameter.inPath("path"))),
            further.operations);
      }
    }
    return paths;
  }

  private static void add(
      List<OpenApiPath> paths,
      String path,
      List<Parameter> parameters,
      List<OpenApiOperation> operations) {
    if (!operations.isEmpty()) {
      paths.add(new OpenApiPath(path, parameters, operations));
    }
  }

  private static <T> List<T> with(List<T> some, List<T> more) {
    List<T> all = new ArrayList<>(some);
    all.addAll(more);
    return List.copyOf(all);
  }

  /// Collects the operations of one path.
  private record Builder(
      Kind owner, GroupVersion version, String subject, List<OpenApiOperation> operations) {
    Builder(Kind owner, GroupVersion version, String subject) {
      this(owner, version, subject, new ArrayList<>());
    }

    void list(Kind kind) {
      add("get", "list", "list", kind(kind), null, OpenApiNames.list(kind), LIST);
    }

    void collection(Kind kind) {
      String definition = OpenApiNames.definition(kind);
      if (kind.verbs().contains("list")) {
        list(kind);
      }
      if (kind.verbs().contains("create")) {
        add("post", "post", "create", kind(kind), definition, definition, WRITE);
      }
      if (kind.verbs().contains("deletecollection")) {
        add(
            "delete",
            "deletecollection",
            "delete",
            kind(kind),
            DELETE_OPTIONS,
            STATUS,
            with(DELETE, SELECT));
      }
    }

    void object(Kind kind) {
      String definition = OpenApiNames.definition(kind);
      if (kind.verbs().contains("get")) {
        add("get", "get", "read", kind(kind), null, definition, List.of());
      }
      if (kind.verbs().contains("update")) {
        add("put", "put", "replace", kind(kind), definition, definition, WRITE);
      }
      if (kind.verbs().contains("patch")) {
        add("patch", "patch", "patch", kind(kind), PATCH, definition, FORCED);
      }
      if (kind.verbs().contains("delete")) {
        add("delete", "delete", "delete", kind(kind), DELETE_OPTIONS, STATUS, DELETE);
      }
    }

    void subresource(Subresource each) {
      GroupVersionKind kind = new GroupVersionKind(each.group(), each.version(), each.kind());
      String definition = each.definition();
      for (String verb : each.verbs()) {
        String method = method(verb);
        if (each.connects()) {
          add(method, "connect", "connect", kind, null, null, List.of());
        } else {
          switch (verb) {
            case "create" -> add(method, "post", "create", kind, definition, definition, WRITE);
            case "update" -> add(method, "put", "replace", kind, definition, definition, WRITE);
            case "patch" -> add(method, "patch", "patch", kind, PATCH, definition, FORCED);
            default ->
                add(
                    method,
                    "get",
                    "read",
                    kind,
                    null,
                    each.name().equals("log") ? null : definition,
                    List.of());
          }
        }
      }
    }

    private static String method(String verb) {
      return switch (verb) {
        case "create" -> "post";
        case "update" -> "put";
        default -> verb;
      };
    }

    private static GroupVersionKind kind(Kind kind) {
      return new GroupVersionKind(kind.group(), kind.version(), kind.kind());
    }

    private void add(
        String method,
        String action,
        String word,
        GroupVersionKind kind,
        @Nullable String body,
        @Nullable String answer,
        List<Parameter> parameters) {
      String between =
          switch (action) {
            case "deletecollection" -> "Collection";
            case "connect" -> OpenApiNames.capital(method);
            default -> "";
          };
      operations.add(
          new OpenApiOperation(
              method,
              action,
              word + OpenApiNames.title(version) + between + subject,
              OpenApiNames.tag(version),
              kind,
              body,
              answer,
              action.equals("list"),
              !owner.isCustom(),
              parameters));
    }
  }
}
