package dev.navarch.bench.micro;

import dev.navarch.api.selectors.FieldSelector;
import dev.navarch.api.selectors.LabelSelector;
import java.util.Map;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/// Selectors from text, and against one object: what a list does for each object that it holds.
@State(Scope.Benchmark)
public class SelectorBench {
  private static final String LABELS = "app in (web,api),tier=backend,release!=canary,!legacy";
  private static final String FIELDS = "spec.nodeName=node1,status.phase!=Failed";
  private final LabelSelector labelSelector = LabelSelector.parse(LABELS);
  private final FieldSelector fieldSelector = FieldSelector.parse(FIELDS);
  private final Map<String, String> labels =
      Map.of("app", "web", "tier", "backend", "release", "stable");
  private final Map<String, String> fields =
      Map.of("metadata.name", "web-0", "spec.nodeName", "node1", "status.phase", "Running");

  @Benchmark
  public LabelSelector parseLabelSelector() {
    return LabelSelector.parse(LABELS);
  }

  @Benchmark
  public boolean matchLabels() {
    return labelSelector.matches(labels);
  }

  @Benchmark
  public FieldSelector parseFieldSelector() {
    return FieldSelector.parse(FIELDS);
  }

  @Benchmark
  public boolean matchFields() {
    return fieldSelector.matches(field -> fields.getOrDefault(field, ""));
  }
}
