package dev.navarch.apiserver.auth;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.PolicyRule;
import io.fabric8.kubernetes.api.model.rbac.Subject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Brings the default roles and bindings back at every start: what is missing of their rules,
/// subjects and labels is added, what somebody added stays. Those that are marked with
/// `rbac.authorization.kubernetes.io/autoupdate: "false"` are left alone.
final class RoleReconciliation {
  static final String AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate";

  private final Cluster cluster;

  RoleReconciliation(Cluster cluster) {
    this.cluster = cluster;
  }

  void ensure(ClusterRole wanted) {
    Optional<ClusterRole> found = cluster.find(ClusterRole.class, "", name(wanted));
    if (found.isEmpty()) {
      create(wanted);
    } else if (isKept(found.get())) {
      ClusterRole role = Objects.copy(found.get());
      boolean marked = mark(role.getMetadata(), wanted.getMetadata());
      boolean aggregates = wanted.getAggregationRule() != null;
      List<PolicyRule> missing =
          aggregates ? List.of() : PolicyRules.missing(list(role.getRules()), wanted.getRules());
      boolean other = aggregates && !wanted.getAggregationRule().equals(role.getAggregationRule());
      if (marked || other || !missing.isEmpty()) {
        List<PolicyRule> rules = new ArrayList<>(list(role.getRules()));
        rules.addAll(missing);
        role.setRules(rules);
        if (aggregates) {
          role.setAggregationRule(wanted.getAggregationRule());
        }
        cluster.update(role);
      }
    }
  }

  void ensure(ClusterRoleBinding wanted) {
    Optional<ClusterRoleBinding> found = cluster.find(ClusterRoleBinding.class, "", name(wanted));
    if (found.isEmpty()) {
      create(wanted);
    } else if (isKept(found.get())) {
      if (!wanted.getRoleRef().equals(found.get().getRoleRef())) {
        cluster.delete(found.get());
        create(wanted);
        return;
      }
      ClusterRoleBinding binding = Objects.copy(found.get());
      boolean marked = mark(binding.getMetadata(), wanted.getMetadata());
      List<Subject> subjects = new ArrayList<>(list(binding.getSubjects()));
      wanted.getSubjects().stream().filter(one -> !subjects.contains(one)).forEach(subjects::add);
      if (marked || subjects.size() > list(binding.getSubjects()).size()) {
        binding.setSubjects(subjects);
        cluster.update(binding);
      }
    }
  }

  private void create(HasMetadata object) {
    try {
      cluster.create(object);
    } catch (ApiException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
    }
  }

  private static boolean isKept(HasMetadata object) {
    return !"false".equals(map(object.getMetadata().getAnnotations()).get(AUTOUPDATE));
  }

  /// Adds the labels and annotations that are missing; says whether there were any.
  private static boolean mark(ObjectMeta metadata, ObjectMeta wanted) {
    Map<String, String> labels = new HashMap<>(map(metadata.getLabels()));
    Map<String, String> annotations = new HashMap<>(map(metadata.getAnnotations()));
    map(wanted.getLabels()).forEach(labels::putIfAbsent);
    map(wanted.getAnnotations()).forEach(annotations::putIfAbsent);
    boolean changed =
        !labels.equals(map(metadata.getLabels()))
            || !annotations.equals(map(metadata.getAnnotations()));
    metadata.setLabels(labels);
    metadata.setAnnotations(annotations);
    return changed;
  }

  private static String name(HasMetadata object) {
    return object.getMetadata().getName();
  }

  private static Map<String, String> map(@Nullable Map<String, String> map) {
    return map == null ? Map.of() : map;
  }

  private static <T> List<T> list(@Nullable List<T> list) {
    return list == null ? List.of() : list;
  }
}
