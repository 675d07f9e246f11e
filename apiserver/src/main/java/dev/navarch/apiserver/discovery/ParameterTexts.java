package dev.navarch.apiserver.discovery;

import java.util.Map;

/// What the OpenAPI documents tell of the parameters of paths and queries.
final class ParameterTexts {
  private static final Map<String, String> TEXTS =
      Map.ofEntries(
          Map.entry(
              "allowWatchBookmarks", "Whether a watch also tells, now and then, how far it is."),
          Map.entry("continue", "Where the page before ended: asks for the next one."),
          Map.entry("dryRun", "All: does everything but store the outcome."),
          Map.entry("fieldManager", "Who is said to have set the fields that change."),
          Map.entry("fieldSelector", "Narrows the list of returned objects by their fields."),
          Map.entry(
              "fieldValidation",
              "What happens to fields that are unknown or stand twice: Ignore, Warn or Strict."),
          Map.entry("force", "Takes fields over from other managers instead of failing."),
          Map.entry("gracePeriodSeconds", "How long the object may take to end."),
          Map.entry("labelSelector", "Narrows the list of returned objects by their labels."),
          Map.entry("limit", "How many objects a page has at most."),
          Map.entry("name", "The object's name."),
          Map.entry("namespace", "The namespace that holds the objects."),
          Map.entry("orphanDependents", "Older form of propagationPolicy."),
          Map.entry("path", "The part of the URL that is passed on."),
          Map.entry("pretty", "Whether the answer is indented."),
          Map.entry(
              "propagationPolicy", "What becomes of dependents: Orphan, Background or Foreground."),
          Map.entry("resourceVersion", "How new the answer has to be, or where a watch begins."),
          Map.entry("resourceVersionMatch", "How resourceVersion is meant: NotOlderThan or Exact."),
          Map.entry("sendInitialEvents", "Whether a watch begins with what is there already."),
          Map.entry("timeoutSeconds", "After how many seconds a watch ends."),
          Map.entry(
              "watch", "Watch for changes to the described resources instead of listing them."));

  private ParameterTexts() {}

  static String of(String parameter) {
    String text = TEXTS.get(parameter);
    if (text == null) {
      throw new IllegalArgumentException("nothing is told of the parameter " + parameter);
    }
    return text;
  }
}
