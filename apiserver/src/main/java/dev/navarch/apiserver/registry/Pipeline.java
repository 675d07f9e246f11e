package dev.navarch.apiserver.registry;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Defaults;
import dev.navarch.api.FieldError;
import dev.navarch.api.Kind;
import dev.navarch.api.Schema;
import dev.navarch.api.StructuralCheck;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionPlugin.Operation;
import dev.navarch.apiserver.admission.AdmissionPlugin.Request;
import dev.navarch.apiserver.admission.RequestForm;
import dev.navarch.apiserver.auth.Caller;
import dev.navarch.apiserver.kinds.KindRules;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/// What stands between a prepared document and the store: admission changes it, the kind resets
/// what clients may not choose, schema and rules judge it, admission has the last word.
final class Pipeline {
  private final Function<Kind, KindRules> rules;
  private final AdmissionChain admission;

  Pipeline(Function<Kind, KindRules> rules, AdmissionChain admission) {
    this.rules = rules;
    this.admission = admission;
  }

  KindRules rulesOf(Target target) {
    return rules.apply(target.kind());
  }

  /// Fills in what a client may leave out.
  void setDefaults(Target target, ObjectNode object) {
    Defaults.apply(object, target.kind().schema());
    rulesOf(target).setDefaults(object);
  }

  /// Whether a new object may bring a status along.
  boolean keepsStatus(Target target) {
    return !statusApart(target) || rulesOf(target).keepsStatusOnCreate();
  }

  /// Refuses an update that does not say which state it was made from, where the kind wants that.
  void checkConditional(Target target, ObjectNode sent) {
    String version = Metadata.of(sent).resourceVersion();
    if ((version.isEmpty() || version.equals("0"))
        && !rulesOf(target).allowsUnconditionalUpdate()) {
      throw Preparation.invalid(
          target,
          Metadata.of(sent).name(),
          FieldError.invalid("metadata.resourceVersion", "0", "must be specified for an update"));
    }
  }

  void create(Target target, ObjectNode object, boolean dryRun, RequestForm form) {
    KindRules rules = rulesOf(target);
    if (!rules.takesNewObjects()) {
      throw new ApiException(
          new ApiError.MethodNotAllowed(
              "create not allowed while custom resource definition is terminating"));
    }
    Request request =
        request(Operation.CREATE, target, Subresource.NONE, object, null, dryRun, form);
    admission.admit(request);
    if (object.has("status") && !keepsStatus(target)) {
      if (target.kind().isCustom()) {
        object.remove("status");
      } else {
        object.putObject("status");
      }
    }
    if (rules.hasGeneration()) {
      Metadata.of(object).fields().put("generation", 1L);
    }
    rules.prepareForCreate(object);
    printEmptyStatus(target, object);
    Set<FieldError> errors = new LinkedHashSet<>();
    MetadataRules.check(Metadata.of(object), rules, errors::add);
    errors.addAll(StructuralCheck.check(object, target.kind().schema()));
    rules.validate(object, errors::add);
    refuse(target, object, errors);
    admission.validate(request);
  }

  /// @param part what of the object is being written; decides which rules judge the change
  void update(
      Target target,
      Subresource part,
      ObjectNode object,
      ObjectNode old,
      boolean dryRun,
      RequestForm form) {
    KindRules rules = rulesOf(target);
    Request request = request(Operation.UPDATE, target, part, object, old, dryRun, form);
    if (!part.isAction()) {
      admission.admit(request);
    }
    boolean whole = part == Subresource.NONE || part == Subresource.SCALE;
    if (whole) {
      rules.prepareForUpdate(object, old);
    }
    boolean asks = whole || part == Subresource.RESIZE || part == Subresource.EPHEMERAL_CONTAINERS;
    if (asks
        && rules.hasGeneration()
        && Preparation.asksForMore(object, old, statusApart(target))) {
      Metadata.of(object).bumpGeneration();
    }
    if (part == Subresource.STATUS) {
      rules.prepareForStatusUpdate(object, old);
    }
    Set<FieldError> errors = new LinkedHashSet<>();
    MetadataRules.check(Metadata.of(object), rules, errors::add);
    MetadataRules.checkUpdate(Metadata.of(object), Metadata.of(old), errors::add);
    errors.addAll(StructuralCheck.check(object, target.kind().schema()));
    switch (part) {
      case NONE, SCALE -> rules.validateChange(object, old, errors::add);
      case STATUS -> rules.validateStatusUpdate(object, old, errors::add);
      case APPROVAL, EPHEMERAL_CONTAINERS, RESIZE, FINALIZE ->
          rules.validatePartUpdate(part.path(), object, old, errors::add);
      case BINDING, EVICTION -> {}
    }
    refuse(target, object, errors);
    if (!part.isAction()) {
      admission.validate(request);
    }
  }

  void delete(Target target, ObjectNode old, boolean dryRun, RequestForm form) {
    judge(request(Operation.DELETE, target, Subresource.NONE, null, old, dryRun, form));
  }

  /// What admission makes of a document that is posted and not stored, as a Binding.
  void post(Target target, Subresource part, ObjectNode document, String type, boolean dryRun) {
    RequestForm form = RequestForm.asSent(target.kind(), type);
    judge(request(Operation.CREATE, target, part, document, null, dryRun, form));
  }

  private void judge(Request request) {
    admission.admit(request);
    admission.validate(request);
  }

  static boolean statusApart(Target target) {
    return target.kind().subresources().contains("status");
  }

  /// What Go always prints of a status, however little is known: `replicas: 0`.
  private static void printEmptyStatus(Target target, ObjectNode object) {
    Schema schema = target.kind().schema().fields().get("status");
    if (schema != null && object.get("status") instanceof ObjectNode status) {
      Defaults.apply(status, schema);
    }
  }

  private static void refuse(Target target, ObjectNode object, Set<FieldError> errors) {
    if (!errors.isEmpty()) {
      throw Preparation.invalid(target, Metadata.of(object).name(), List.copyOf(errors));
    }
  }

  private static Request request(
      Operation operation,
      Target target,
      Subresource part,
      @Nullable ObjectNode object,
      @Nullable ObjectNode old,
      boolean dryRun,
      RequestForm form) {
    String name =
        target.name().isEmpty() && object != null ? Metadata.of(object).name() : target.name();
    return new Request(
        operation,
        target.kind(),
        part.path(),
        target.namespace(),
        name,
        object,
        old,
        Caller.current(),
        dryRun,
        form);
  }
}
