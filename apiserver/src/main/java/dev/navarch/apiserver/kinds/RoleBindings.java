package dev.navarch.apiserver.kinds;

import static dev.navarch.apiserver.kinds.Columns.wide;
import static dev.navarch.apiserver.kinds.Defaults.objects;

import dev.navarch.api.FieldError;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ObjectNode;

/// RoleBindings and ClusterRoleBindings: who has a role. The role of a binding never changes, so
/// that nobody gains rights through a binding that others trust.
///
/// @param roleKinds the kinds of role that may be bound
record RoleBindings(List<String> roleKinds) implements KindRules {
  private static final String GROUP = "rbac.authorization.k8s.io";

  @Override
  public void setDefaults(ObjectNode binding) {
    Defaults.ifObject(binding, "roleRef").ifPresent(ref -> Defaults.put(ref, "apiGroup", GROUP));
    for (ObjectNode subject : objects(binding.path("subjects"))) {
      boolean account = subject.path("kind").asString("").equals("ServiceAccount");
      if (!account) {
        Defaults.put(subject, "apiGroup", GROUP);
      }
    }
  }

  @Override
  public void validate(ObjectNode binding, Consumer<FieldError> errors) {
    Place root = Place.root(binding, errors);
    Place role = root.at("roleRef");
    if (!role.at("apiGroup").text().equals(GROUP)) {
      role.at("apiGroup").notSupported(List.of(GROUP));
    }
    if (!roleKinds.contains(role.at("kind").text())) {
      role.at("kind").notSupported(roleKinds);
    }
    role.at("name").present();
    for (Place subject : root.at("subjects").items()) {
      subject.at("name").present();
      switch (subject.at("kind").text()) {
        case "ServiceAccount" -> {
          if (!subject.at("apiGroup").isEmpty()) {
            subject.at("apiGroup").notSupported(List.of(""));
          }
          subject.at("namespace").present();
        }
        case "User", "Group" -> {
          if (!subject.at("apiGroup").text().equals(GROUP)) {
            subject.at("apiGroup").notSupported(List.of(GROUP));
          }
        }
        default -> subject.at("kind").notSupported(List.of("ServiceAccount", "User", "Group"));
      }
    }
  }

  @Override
  public void validateUpdate(ObjectNode binding, ObjectNode old, Consumer<FieldError> errors) {
    if (!binding.path("roleRef").equals(old.path("roleRef"))) {
      Place.root(binding, errors).at("roleRef").invalid("cannot change roleRef");
    }
  }

  @Override
  public NameRule nameRule() {
    return NameRule.PATH_SEGMENT;
  }

  @Override
  public boolean hasGeneration() {
    return false;
  }

  @Override
  public List<Column> columns() {
    return List.of(
        Column.NAME,
        Columns.text(
            "Role",
            "The role that is bound.",
            binding ->
                binding.at("/roleRef/kind").asString("")
                    + "/"
                    + binding.at("/roleRef/name").asString("")),
        Column.AGE,
        wide(subjects("Users", "User")),
        wide(subjects("Groups", "Group")),
        wide(subjects("ServiceAccounts", "ServiceAccount")));
  }

  private static Column subjects(String name, String kind) {
    return Columns.text(
        name,
        "Subjects of the kind " + kind + ".",
        binding ->
            objects(binding.path("subjects")).stream()
                .filter(subject -> subject.path("kind").asString("").equals(kind))
                .map(RoleBindings::shown)
                .collect(Collectors.joining(", ")));
  }

  private static String shown(ObjectNode subject) {
    String namespace = subject.path("namespace").asString("");
    String name = subject.path("name").asString("");
    return namespace.isEmpty() ? name : namespace + "/" + name;
  }
}
