package dev.navarch.api.apply;

import static dev.navarch.api.apply.Documents.DEPLOYMENT;
import static dev.navarch.api.apply.Documents.fields;
import static dev.navarch.api.apply.Documents.json;
import static dev.navarch.api.apply.Documents.yaml;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.api.ApiError;
import dev.navarch.api.ApiException;
import dev.navarch.api.Json;
import dev.navarch.api.Schema;
import dev.navarch.api.Schema.ListType;
import dev.navarch.api.apply.Documents.Renamed;
import java.util.Map;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

class OwnershipTest {
  private static final ObjectVersions DEPLOYMENTS = ObjectVersions.only("apps/v1", DEPLOYMENT);
  private static final String EARLY = "2026-01-01T00:00:00Z";
  private static final String LATE = "2026-01-02T00:00:00Z";
  private static final String WEB =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: web, namespace: ns, labels: {app: web}}
      spec:
        replicas: 3
        selector: {matchLabels: {app: web}}
        template:
          metadata: {labels: {app: web}}
          spec:
            containers:
            - {name: web, image: one}
      """;

  private final Ownership ownership = new Ownership();

  private static Writer writer(String manager, String time) {
    return new Writer(manager, "", time);
  }

  private ObjectNode apply(ObjectNode live, String configuration, String manager, String time) {
    return apply(live, configuration, manager, time, false);
  }

  private ObjectNode apply(
      ObjectNode live, String configuration, String manager, String time, boolean force) {
    return ownership.applied(
        live,
        AppliedConfiguration.of(yaml(configuration), DEPLOYMENT),
        DEPLOYMENTS,
        writer(manager, time),
        force);
  }

  private ObjectNode update(ObjectNode live, ObjectNode object, String manager, String time) {
    JsonNode entries =
        ownership.updated(
            live, object, ManagedFields.in(object), DEPLOYMENTS, writer(manager, time));
    ManagedFields.put(object, entries);
    return object;
  }

  private static ObjectNode changed(ObjectNode live, String pointer, JsonNode value) {
    ObjectNode copy = live.deepCopy();
    int cut = pointer.lastIndexOf('/');
    ((ObjectNode) copy.at(pointer.substring(0, cut))).set(pointer.substring(cut + 1), value);
    return copy;
  }

  private static ObjectNode scaled(ObjectNode live, int replicas) {
    return changed(live, "/spec/replicas", Json.object().numberNode(replicas));
  }

  private static JsonNode entry(ObjectNode object, String manager) {
    for (JsonNode entry : ManagedFields.in(object)) {
      if (entry.path("manager").asString().equals(manager)) {
        return entry;
      }
    }
    return Json.object();
  }

  private static FieldSet owned(ObjectNode object, String manager) {
    return FieldSet.read(entry(object, manager).path("fieldsV1"));
  }

  private static String managers(ObjectNode object) {
    return ManagedFields.in(object)
        .valueStream()
        .map(entry -> entry.path("manager").asString() + "/" + entry.path("operation").asString())
        .toList()
        .toString();
  }

  @Test
  void whoAppliesOwnsWhatTheConfigurationNames() {
    ObjectNode object = apply(Json.object(), WEB, "me", EARLY);

    assertThat(Json.text(ManagedFields.in(object)))
        .isEqualTo(
            Json.text(
                json("{'l':[{'manager':'me','operation':'Apply','apiVersion':'apps/v1','time':'"
                        + EARLY
                        + "','fieldsType':'FieldsV1','fieldsV1':{'f:metadata':{'f:labels':"
                        + "{'f:app':{}}},'f:spec':{'f:replicas':{},'f:selector':{},'f:template':"
                        + "{'f:metadata':{'f:labels':{'f:app':{}}},'f:spec':{'f:containers':"
                        + "{'k:{\\\"name\\\":\\\"web\\\"}':{'.':{},'f:image':{},'f:name':{}}}}}}}}]}")
                    .path("l")));
  }

  @Test
  void applyingTheSameAgainChangesNothing() {
    ObjectNode object = apply(Json.object(), WEB, "me", EARLY);

    assertThat(apply(object, WEB, "me", LATE)).isEqualTo(object);
  }

  @Test
  void whatIsNamedNoMoreGoes() {
    ObjectNode object = apply(Json.object(), WEB, "me", EARLY);

    ObjectNode after = apply(object, WEB.replace("  replicas: 3\n", ""), "me", LATE);

    assertThat(after.path("spec").has("replicas")).isFalse();
    assertThat(owned(after, "me").paths()).doesNotContain(".spec.replicas");
    assertThat(entry(after, "me").path("time").asString()).isEqualTo(LATE);
  }

  @Test
  void whatOthersOwnStaysWhenItIsNamedNoMore() {
    ObjectNode object = apply(Json.object(), WEB, "me", EARLY);
    ObjectNode shared = apply(object, WEB, "other", LATE);

    ObjectNode after = apply(shared, WEB.replace("  replicas: 3\n", ""), "me", LATE);

    assertThat(after.path("spec").path("replicas").asInt()).isEqualTo(3);
    assertThat(owned(after, "other").paths()).contains(".spec.replicas");
  }

  @Test
  void whatNobodyOwnsStaysBesideWhatGoes() {
    String two = WEB + "      - {name: side, image: two}\n";
    ObjectNode object = apply(Json.object(), two, "me", EARLY);
    ObjectNode defaulted = object.deepCopy();
    ((ObjectNode) defaulted.at("/spec/template/spec")).put("restartPolicy", "Always");
    ((ObjectNode) defaulted.at("/spec/template/spec/containers/1"))
        .put("imagePullPolicy", "Always");

    ObjectNode after = apply(defaulted, WEB, "me", LATE);

    assertThat(after.at("/spec/template/spec/containers")).hasSize(1);
    assertThat(after.at("/spec/template/spec/restartPolicy").asString()).isEqualTo("Always");
  }

  @Test
  void aSharedListElementLosesOnlyWhatIsOwned() {
    ObjectNode object = apply(Json.object(), WEB, "me", EARLY);
    String resources =
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web, namespace: ns}
        spec: {template: {spec: {containers: [{name: web, workingDir: /x}]}}}
        """;
    ObjectNode both = apply(object, resources, "other", LATE);
    assertThat(both.at("/spec/template/spec/containers/0/workingDir").asString()).isEqualTo("/x");

    ObjectNode after =
        apply(
            both,
            resources.replace("containers: [{name: web, workingDir: /x}]", ""),
            "other",
            LATE);

    assertThat(after.at("/spec/template/spec/containers/0"))
        .isEqualTo(json("{'name':'web','image':'one'}"));
  }

  @Test
  void anotherValueOfAnOwnedFieldIsAConflict() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);
    ObjectNode scaled = update(live, scaled(live, 5), "hpa", LATE);

    assertThatThrownBy(() -> apply(scaled, WEB, "me", LATE))
        .hasMessage(
            "Apply failed with 1 conflict: conflict with \"hpa\" using apps/v1: .spec.replicas")
        .asInstanceOf(InstanceOfAssertFactories.type(ApiException.class))
        .extracting(ApiException::error)
        .extracting("conflicts")
        .asInstanceOf(InstanceOfAssertFactories.list(ApiError.FieldConflict.class))
        .containsExactly(new ApiError.FieldConflict("\"hpa\" using apps/v1", ".spec.replicas"));
  }

  @Test
  void severalConflictsAreListedByManager() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);
    ObjectNode other =
        apply(
            live,
            WEB.replace("replicas: 3", "replicas: 4").replace("image: one", "image: two"),
            "applier",
            EARLY,
            true);
    ObjectNode third = changed(other, "/metadata/labels/app", Json.object().stringNode("new"));
    third = update(other, third, "label", LATE);

    ObjectNode now = third;
    assertThatThrownBy(() -> apply(now, WEB, "me", LATE))
        .hasMessage(
            """
            Apply failed with 3 conflicts: conflicts with "applier":
            - .spec.replicas
            - .spec.template.spec.containers[name="web"].image
            conflicts with "label" using apps/v1:
            - .metadata.labels.app""");
  }

  @Test
  void forceTakesFieldsFromOthers() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);
    ObjectNode scaled = update(live, scaled(live, 5), "hpa", LATE);

    ObjectNode after = apply(scaled, WEB, "me", LATE, true);

    assertThat(after.path("spec").path("replicas").asInt()).isEqualTo(3);
    assertThat(managers(after)).isEqualTo("[me/Apply]");
  }

  @Test
  void agreeingSharesOwnership() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);

    ObjectNode shared = apply(live, WEB, "other", LATE);

    assertThat(managers(shared)).isEqualTo("[other/Apply, me/Apply]");
    assertThat(owned(shared, "other")).isEqualTo(owned(shared, "me"));
  }

  @Test
  void anUpdateTakesWhatItChanges() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);

    ObjectNode scaled = update(live, scaled(live, 5), "hpa", LATE);

    assertThat(owned(scaled, "hpa")).isEqualTo(fields("{'f:spec':{'f:replicas':{}}}"));
    assertThat(owned(scaled, "me").paths()).doesNotContain(".spec.replicas");
    assertThat(entry(scaled, "me").path("time").asString()).isEqualTo(EARLY);
  }

  @Test
  void anUpdateThatChangesNothingLeavesTheEntries() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);

    assertThat(update(live, live.deepCopy(), "other", LATE)).isEqualTo(live);
  }

  @Test
  void whatAnUpdateRemovesNobodyOwns() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);
    ObjectNode without = live.deepCopy();
    ((ObjectNode) without.path("spec")).remove("replicas");

    ObjectNode after = update(live, without, "other", LATE);

    assertThat(owned(after, "me").paths()).doesNotContain(".spec.replicas");
    assertThat(managers(after)).isEqualTo("[me/Apply]");
  }

  @Test
  void updatesOfOneManagerAddUp() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);
    ObjectNode once = update(live, scaled(live, 5), "editor", EARLY);
    ObjectNode twice =
        update(
            once, changed(once, "/spec/paused", Json.object().booleanNode(true)), "editor", LATE);

    assertThat(owned(twice, "editor"))
        .isEqualTo(fields("{'f:spec':{'f:paused':{},'f:replicas':{}}}"));
    assertThat(entry(twice, "editor").path("time").asString()).isEqualTo(LATE);
  }

  @Test
  void writingAgainWhatOneOwnsOnlyMovesTheTime() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);
    ObjectNode once = update(live, scaled(live, 5), "editor", EARLY);

    ObjectNode twice = update(once, scaled(once, 6), "editor", LATE);

    assertThat(ManagedFields.sameButTimes(ManagedFields.in(twice), ManagedFields.in(once)))
        .isTrue();
    assertThat(entry(twice, "editor").path("time").asString()).isEqualTo(LATE);
    assertThat(entry(twice, "me").path("time").asString()).isEqualTo(EARLY);
  }

  @Test
  void whatWasThereBeforeTheFirstApplyHasAnOwner() {
    ObjectNode untracked = yaml(WEB);

    assertThatThrownBy(
            () -> apply(untracked, WEB.replace("replicas: 3", "replicas: 4"), "me", LATE))
        .hasMessage(
            "Apply failed with 1 conflict: conflict with \"before-first-apply\" using apps/v1:"
                + " .spec.replicas");
    assertThat(managers(apply(untracked, WEB, "me", LATE)))
        .isEqualTo("[me/Apply, before-first-apply/Update]");
  }

  @Test
  void updatesOfUntrackedObjectsStayUntracked() {
    ObjectNode untracked = yaml(WEB);

    assertThat(ManagedFields.in(update(untracked, scaled(untracked, 4), "other", LATE))).isEmpty();
  }

  @Test
  void anEmptyEntryOrListResetsTheBookkeeping() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);
    ObjectNode reset = live.deepCopy();
    ((ObjectNode) reset.path("metadata")).putArray("managedFields");
    ManagedFields.markReset(reset);

    assertThat(update(live, reset, "other", LATE).path("metadata").has("managedFields")).isFalse();
  }

  @Test
  void absentOrInvalidEntriesOfAClientLeaveThoseThatAreThere() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);
    ObjectNode absent = live.deepCopy();
    ((ObjectNode) absent.path("metadata")).remove("managedFields");
    ObjectNode invalid = live.deepCopy();
    ((ObjectNode) invalid.path("metadata"))
        .putArray("managedFields")
        .addObject()
        .put("operation", "Guess");

    assertThat(update(live, absent, "other", LATE)).isEqualTo(live);
    assertThat(update(live, invalid, "other", LATE)).isEqualTo(live);
  }

  @Test
  void aClientMayEditTheEntries() {
    ObjectNode live = apply(apply(Json.object(), WEB, "me", EARLY), WEB, "other", LATE);
    ObjectNode edited = live.deepCopy();
    ((ObjectNode) edited.path("metadata"))
        .putArray("managedFields")
        .add(entry(live, "other").deepCopy());

    assertThat(managers(update(live, edited, "editor", LATE))).isEqualTo("[other/Apply]");
  }

  @Test
  void kubectlTakesOverWhatItsOwnApplyWrote() {
    ObjectNode live = clientSideApplied();

    ObjectNode after = apply(live, WEB.replace("replicas: 3", "replicas: 4"), "kubectl", LATE);

    assertThat(after.path("spec").path("replicas").asInt()).isEqualTo(4);
    assertThat(owned(after, "kubectl-client-side-apply").paths()).doesNotContain(".spec.replicas");
    assertThat(after.at("/metadata/annotations").valueStream().toList().getFirst().asString())
        .contains("\"replicas\":4")
        .endsWith("\n");
  }

  @Test
  void othersDoNotTakeOverWhatKubectlsApplyWrote() {
    ObjectNode live = clientSideApplied();

    assertThatThrownBy(() -> apply(live, WEB.replace("replicas: 3", "replicas: 4"), "me", LATE))
        .hasMessage(
            "Apply failed with 1 conflict: conflict with \"kubectl-client-side-apply\" using apps/v1:"
                + " .spec.replicas");
  }

  @Test
  void kubectlStillConflictsWithWhatOthersChangedSince() {
    ObjectNode live = clientSideApplied();
    ObjectNode scaled = update(live, scaled(live, 9), "hpa", LATE);

    assertThatThrownBy(
            () -> apply(scaled, WEB.replace("image: one", "image: two"), "kubectl", LATE))
        .hasMessage(
            "Apply failed with 1 conflict: conflict with \"hpa\" using apps/v1: .spec.replicas");
  }

  private ObjectNode clientSideApplied() {
    ObjectNode object = yaml(WEB);
    String last = Json.text(object);
    ((ObjectNode) object.path("metadata"))
        .putObject("annotations")
        .put("kubectl.kubernetes.io/last-applied-configuration", last);
    ManagedFields.put(
        object, ownership.created(object, DEPLOYMENTS, writer("kubectl-client-side-apply", EARLY)));
    return object;
  }

  @Test
  void onlyTenWhoUpdateAreToldApart() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);
    for (int i = 0; i < 12; i++) {
      ObjectNode next = changed(live, "/metadata/labels/l" + i, Json.object().stringNode("x"));
      live = update(live, next, "m%02d".formatted(i), "2026-02-01T00:00:%02dZ".formatted(i));
    }

    assertThat(managers(live)).startsWith("[me/Apply, ancient-changes/Update, m03/Update");
    assertThat(ManagedFields.in(live)).hasSize(11);
    assertThat(owned(live, "ancient-changes").paths())
        .containsExactly(".metadata.labels.l0", ".metadata.labels.l1", ".metadata.labels.l2");
  }

  @Test
  void partsOfAnObjectAreOwnedApart() {
    ObjectNode live = apply(Json.object(), WEB, "me", EARLY);
    ObjectNode now = live.deepCopy();
    now.putObject("status").put("replicas", 1);

    JsonNode entries =
        ownership.updated(
            live, now, ManagedFields.in(now), DEPLOYMENTS, new Writer("me", "status", LATE));

    assertThat(entries).hasSize(2);
    assertThat(entries.get(1).path("subresource").asString()).isEqualTo("status");
    assertThat(entries.get(1).path("operation").asString()).isEqualTo("Update");
  }

  @Test
  void aNamelessManagerIsUnknown() {
    ObjectNode object = yaml(WEB);

    JsonNode entries = ownership.created(object, DEPLOYMENTS, writer("", EARLY));

    assertThat(entries.get(0).path("manager").asString()).isEqualTo("unknown");
  }

  @Test
  void fieldsAreFollowedIntoOtherVersions() {
    Schema old = TestSchema.object(Map.of("size", TestSchema.INTEGER, "a", TestSchema.STRING));
    Schema renamed = TestSchema.object(Map.of("count", TestSchema.INTEGER, "a", TestSchema.STRING));
    var schemas = Map.of("old/v1", old, "new/v1", renamed);
    var asOld = new Renamed("old/v1", schemas, "size", "count");
    var asNew = new Renamed("new/v1", schemas, "size", "count");
    ObjectNode live = json("{'apiVersion':'old/v1','metadata':{},'size':1,'a':'x'}");
    ManagedFields.put(live, ownership.created(live, asOld, writer("first", EARLY)));

    ObjectNode now = asOld.convert(live, "old/v1", "new/v1");
    ObjectNode after = now.deepCopy().put("count", 2);
    JsonNode entries =
        ownership.updated(now, after, ManagedFields.in(after), asNew, writer("second", LATE));

    assertThat(Json.text(entries))
        .contains("\"fieldsV1\":{\"f:a\":{}}")
        .contains("\"apiVersion\":\"new/v1\"")
        .contains("\"fieldsV1\":{\"f:count\":{}}");
  }

  @Test
  void whatWasAppliedInAnotherVersionGoesToo() {
    Schema meta = DEPLOYMENT.fields().get("metadata");
    Schema old =
        TestSchema.object(
            Map.of(
                "apiVersion", TestSchema.STRING,
                "size", TestSchema.INTEGER,
                "a", TestSchema.STRING,
                "metadata", meta));
    Schema renamed =
        TestSchema.object(
            Map.of(
                "apiVersion", TestSchema.STRING,
                "count", TestSchema.INTEGER,
                "a", TestSchema.STRING,
                "metadata", meta));
    var schemas = Map.of("old/v1", old, "new/v1", renamed);
    var asOld = new Renamed("old/v1", schemas, "size", "count");
    var asNew = new Renamed("new/v1", schemas, "size", "count");
    ObjectNode live =
        ownership.applied(
            Json.object(),
            AppliedConfiguration.of(
                json("{'apiVersion':'old/v1','metadata':{'name':'n'},'size':1,'a':'x'}"), old),
            asOld,
            writer("me", EARLY),
            false);

    ObjectNode after =
        ownership.applied(
            asOld.convert(live, "old/v1", "new/v1"),
            AppliedConfiguration.of(
                json("{'apiVersion':'new/v1','metadata':{'name':'n'},'a':'x'}"), renamed),
            asNew,
            writer("me", LATE),
            false);

    assertThat(after.has("count")).isFalse();
    assertThat(after.path("a").asString()).isEqualTo("x");
    assertThat(ManagedFields.in(after)).hasSize(1);
  }

  @Test
  void whoOwnedPartsOfWhatBecameAtomicOwnsTheWhole() {
    Schema fine = TestSchema.object(Map.of("m", TestSchema.object(Map.of("a", TestSchema.STRING))));
    Schema coarse =
        TestSchema.object(Map.of("m", TestSchema.atomic(Map.of("a", TestSchema.STRING))));
    FieldSet owned = fields("{'f:m':{'f:a':{}}}");

    assertThat(FieldPlaces.collapsed(owned, coarse)).isEqualTo(fields("{'f:m':{}}"));
    assertThat(FieldPlaces.collapsed(owned, fine)).isSameAs(owned);
  }

  @Test
  void elementsOfSetsBelongToThoseWhoNamedThem() {
    Schema schema =
        TestSchema.object(
            Map.of(
                "metadata", DEPLOYMENT.fields().get("metadata"),
                "set", TestSchema.list(ListType.SET, TestSchema.STRING)));
    var versions = ObjectVersions.only("t/v1", schema);
    ObjectNode first = setApplied(Json.object(), "['a','b']", "one", versions, schema);
    ObjectNode second = setApplied(first, "['b','c']", "two", versions, schema);

    ObjectNode after = setApplied(second, "[]", "one", versions, schema);

    assertThat(second.path("set")).isEqualTo(json("{'l':['a','b','c']}").path("l"));
    assertThat(after.path("set")).isEqualTo(json("{'l':['b','c']}").path("l"));
  }

  private ObjectNode setApplied(
      ObjectNode live, String set, String manager, ObjectVersions versions, Schema schema) {
    return ownership.applied(
        live,
        AppliedConfiguration.of(json("{'metadata':{'name':'n'},'set':" + set + "}"), schema),
        versions,
        writer(manager, EARLY),
        false);
  }
}
