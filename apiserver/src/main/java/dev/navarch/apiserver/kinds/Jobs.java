package dev.navarch.apiserver.kinds;

import dev.navarch.api.FieldError;
import dev.navarch.api.selectors.NameChecks;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Jobs: pods that run to their end, a number of times. A job finds its pods by its own uid, which
/// nobody else can claim.
final class Jobs implements KindRules {
  private static final String PREFIX = "batch.kubernetes.io/";
  private static final int MOST_PARALLEL = 100_000;

  /// Where there are more indexes than that.
  private static final int MOST_OF_MANY = 10_000;

  private static final int LONGEST_MANAGER = 63;

  @Override
  public void setDefaults(ObjectNode job) {
    ObjectNode spec = Defaults.object(job, "spec");
    Templates.setDefaults(spec);
    JobPolicies.setDefaults(spec);
    setLabels(job);
    boolean neither =
        Defaults.isGap(spec.path("completions")) && Defaults.isGap(spec.path("parallelism"));
    if (neither) {
      spec.put("completions", 1);
    }
    Defaults.put(spec, "parallelism", 1);
    boolean perIndex = spec.path("backoffLimitPerIndex").isNumber();
    Defaults.put(spec, "backoffLimit", perIndex ? Integer.MAX_VALUE : 6);
    Defaults.put(spec, "completionMode", "NonIndexed");
    Defaults.put(spec, "suspend", false);
    boolean judgesFailures = spec.path("podFailurePolicy").isObject();
    Defaults.put(spec, "podReplacementPolicy", judgesFailures ? "Failed" : "TerminatingOrFailed");
  }

  /// A job without labels has those of its pods.
  private static void setLabels(ObjectNode job) {
    ObjectNode metadata = Defaults.object(job, "metadata");
    JsonNode labels = job.at("/spec/template/metadata/labels");
    if (labels.isObject() && !labels.isEmpty() && metadata.path("labels").isEmpty()) {
      metadata.set("labels", labels.deepCopy());
    }
  }

  @Override
  public void prepareForCreate(ObjectNode job) {
    ObjectNode spec = Defaults.object(job, "spec");
    String uid = job.at("/metadata/uid").asString("");
    if (spec.path("manualSelector").asBoolean(false) || uid.isEmpty()) {
      return;
    }
    String name = job.at("/metadata/name").asString("");
    ObjectNode metadata = Defaults.object(Defaults.object(spec, "template"), "metadata");
    ObjectNode labels = Defaults.object(metadata, "labels");
    Defaults.put(labels, "controller-uid", uid);
    Defaults.put(labels, "job-name", name);
    Defaults.put(labels, PREFIX + "controller-uid", uid);
    Defaults.put(labels, PREFIX + "job-name", name);
    Defaults.object(Defaults.object(spec, "selector"), "matchLabels")
        .put(PREFIX + "controller-uid", uid);
    setLabels(job);
  }

  @Override
  public void validate(ObjectNode job, Consumer<FieldError> errors) {
    Place spec = Place.root(job, errors).at("spec");
    validateSpec(spec);
    Place selector = spec.at("selector");
    if (selector.present()) {
      LabelSelectors.validate(selector);
    }
  }

  /// What jobs and the templates of cron jobs must both keep to.
  static void validateSpec(Place spec) {
    for (String field :
        List.of(
            "parallelism",
            "completions",
            "activeDeadlineSeconds",
            "backoffLimit",
            "ttlSecondsAfterFinished",
            "backoffLimitPerIndex",
            "maxFailedIndexes")) {
      spec.at(field).atLeast(0);
    }
    Place mode = spec.at("completionMode");
    if (mode.text().equals("Indexed") && !spec.at("completions").isSet()) {
      spec.at("completions").required("when completion mode is Indexed");
    }
    if (mode.text().equals("Indexed")) {
      validateIndexed(spec);
    }
    JobPolicies.validate(spec);
    validateManager(spec.at("managedBy"));
    Templates.validatePods(spec.at("template"));
    Place policy = spec.at("template", "spec", "restartPolicy");
    if (policy.isEmpty() || policy.text().equals("Always")) {
      policy.required("valid values: \"OnFailure\", \"Never\"");
    }
  }

  private static void validateIndexed(Place spec) {
    Place parallelism = spec.at("parallelism");
    if (parallelism.number(0) > MOST_PARALLEL) {
      parallelism.invalid("must be less than or equal to " + MOST_PARALLEL);
    }
    long completions = spec.at("completions").number(0);
    Place failed = spec.at("maxFailedIndexes");
    if (failed.number(0) > completions) {
      failed.invalid("must be less than or equal to completions");
    }
    if (failed.number(0) > MOST_PARALLEL) {
      failed.invalid("must be less than or equal to " + MOST_PARALLEL);
    }
    if (completions > MOST_PARALLEL && spec.at("backoffLimitPerIndex").isSet()) {
      if (!failed.isSet()) {
        failed.required("must be specified when completions is above " + MOST_PARALLEL);
      }
      String limit =
          ("must be less than or equal to %d when completions are above %d and used with backoff"
                  + " limit per index")
              .formatted(MOST_OF_MANY, MOST_PARALLEL);
      for (Place one : List.of(parallelism, failed)) {
        if (one.number(0) > MOST_OF_MANY) {
          one.invalid(limit);
        }
      }
    }
  }

  private static void validateManager(Place manager) {
    if (!manager.isSet()) {
      return;
    }
    int slash = manager.text().indexOf('/');
    if (slash <= 0 || slash == manager.text().length() - 1) {
      manager.invalid("must be a domain-prefixed path (such as \"acme.io/foo\")");
    } else {
      manager.names(NameChecks.dnsSubdomain(manager.text().substring(0, slash)));
    }
    if (manager.text().length() > LONGEST_MANAGER) {
      manager.tooLong(LONGEST_MANAGER);
    }
  }

  @Override
  public void validateStatusUpdate(ObjectNode job, ObjectNode old, Consumer<FieldError> errors) {
    Place status = Place.root(job, errors).at("status");
    for (String field : List.of("active", "succeeded", "failed", "ready", "terminating")) {
      status.at(field).atLeast(0);
    }
    boolean complete = Conditions.isTrue(job, "Complete");
    boolean failed = Conditions.isTrue(job, "Failed");
    if (complete && failed) {
      status.at("conditions").invalid("cannot set Complete=True and Failed=true conditions");
    }
    if (!complete
        && status.at("completionTime").isSet()
        && !old.at("/status/completionTime").isString()) {
      status.at("completionTime").invalid("completionTime can only be set for the Complete job");
    }
    for (String type : List.of("Complete", "Failed")) {
      if (Conditions.isTrue(old, type) && !Conditions.isTrue(job, type)) {
        status.at("conditions").invalid("cannot disable the %s=True condition".formatted(type));
      }
    }
  }

  @Override
  public void validateUpdate(ObjectNode job, ObjectNode old, Consumer<FieldError> errors) {
    Place spec = Place.root(job, errors).at("spec");
    JsonNode before = old.path("spec");
    boolean indexed = before.path("completionMode").asString("").equals("Indexed");
    Place completions = spec.at("completions");
    if (!indexed) {
      completions.sameAs(before.path("completions"));
    } else if (completions.isSet()
        && completions.number(0) != before.path("completions").asLong(0)
        && completions.number(0) != spec.at("parallelism").number(0)) {
      completions.invalid("can only be modified in tandem with spec.parallelism");
    }
    for (String field :
        List.of(
            "selector",
            "completionMode",
            "podFailurePolicy",
            "backoffLimitPerIndex",
            "managedBy",
            "successPolicy")) {
      spec.at(field).sameAs(before.path(field));
    }
    boolean notStarted =
        before.path("suspend").asBoolean(false) && old.at("/status/startTime").isMissingNode();
    spec.at("template")
        .sameFixed(
            notStarted ? fixed(spec.at("template").node()) : spec.at("template").node(),
            notStarted ? fixed(before.path("template")) : before.path("template"));
  }

  /// The template without what may change before the first pod starts.
  private static JsonNode fixed(JsonNode template) {
    JsonNode copy = template.deepCopy();
    Defaults.ifObject(copy, "metadata").ifPresent(m -> m.remove(List.of("labels", "annotations")));
    Defaults.ifObject(copy, "spec")
        .ifPresent(
            spec ->
                spec.remove(List.of("nodeSelector", "affinity", "tolerations", "schedulingGates")));
    return copy;
  }

  @Override
  public Map<String, Function<JsonNode, String>> selectableFields() {
    return Map.of("status.successful", Fields.number("/status/succeeded"));
  }

  @Override
  public List<Column> columns() {
    List<Column> columns = new ArrayList<>();
    columns.add(Column.NAME);
    columns.add(Columns.text("Status", "How far the job is.", Jobs::status));
    columns.add(
        Columns.text(
            "Completions", "Pods that succeeded, out of those wanted.", Jobs::completions));
    columns.add(
        Columns.timed(
            "Duration", "How long the job ran.", row -> duration(row.object(), row.now())));
    columns.add(Column.AGE);
    columns.addAll(Columns.containers("/spec/template/spec"));
    columns.add(Columns.selectorColumn("/spec/selector"));
    return columns;
  }

  private static String status(ObjectNode job) {
    return Stream.of("Complete", "Failed")
        .filter(type -> Conditions.isTrue(job, type))
        .findFirst()
        .orElseGet(() -> unfinished(job));
  }

  private static String unfinished(ObjectNode job) {
    if (!job.at("/metadata/deletionTimestamp").asString("").isEmpty()) {
      return "Terminating";
    }
    return Stream.of("Suspended", "FailureTarget", "SuccessCriteriaMet")
        .filter(type -> Conditions.isTrue(job, type))
        .findFirst()
        .orElse("Running");
  }

  private static String completions(ObjectNode job) {
    long succeeded = job.at("/status/succeeded").asLong(0);
    JsonNode wanted = job.at("/spec/completions");
    long parallelism = job.at("/spec/parallelism").asLong(0);
    if (wanted.isNumber()) {
      return succeeded + "/" + wanted.asLong(0);
    }
    return succeeded + (parallelism > 1 ? "/1 of " + parallelism : "/1");
  }

  private static String duration(ObjectNode job, Instant now) {
    String start = job.at("/status/startTime").asString("");
    if (start.isEmpty()) {
      return "";
    }
    String end = job.at("/status/completionTime").asString("");
    Instant until = end.isEmpty() ? now : Instant.parse(end);
    return Ages.of(Duration.between(Instant.parse(start), until));
  }
}
