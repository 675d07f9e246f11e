package dev.navarch.api.patch;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// A place in a document (RFC 6901), of which the first segment, the empty one, is the document
/// itself. Negative indices count from the end of a list, as Kubernetes has always taken them.
record JsonPointer(List<String> segments) {

  static Optional<JsonPointer> parse(String text) {
    if (!text.isEmpty() && !text.startsWith("/")) {
      return Optional.empty();
    }
    List<String> segments = new ArrayList<>();
    for (String segment : text.split("/", -1)) {
      segments.add(segment.replace("~1", "/").replace("~0", "~"));
    }
    return Optional.of(new JsonPointer(segments));
  }

  String last() {
    return segments.getLast();
  }

  /// The ways from the root to the parent of this place, outermost first.
  List<JsonPointer> ancestors() {
    return IntStream.range(1, segments.size())
        .mapToObj(length -> new JsonPointer(segments.subList(0, length)))
        .toList();
  }

  /// Whether the other place is inside this one.
  boolean contains(JsonPointer other) {
    return other.segments.size() > segments.size()
        && other.segments.subList(0, segments.size()).equals(segments);
  }

  /// What this pointer's last segment names in its parent.
  Optional<JsonNode> child(JsonNode parent) {
    if (parent instanceof ArrayNode array) {
      OptionalInt index = elementAt(array.size());
      return index.isPresent() ? Optional.of(array.get(index.getAsInt())) : Optional.empty();
    }
    return parent.optional(last());
  }

  /// The index of an element that exists.
  OptionalInt elementAt(int size) {
    return index(size, size - 1);
  }

  /// The index at which an element can be inserted; `-` is the end.
  OptionalInt insertAt(int size) {
    return last().equals("-") ? OptionalInt.of(size) : index(size + 1, size);
  }

  private OptionalInt index(int count, int highest) {
    if (!last().matches("-?(0|[1-9][0-9]{0,8})")) {
      return OptionalInt.empty();
    }
    int index = Integer.parseInt(last());
    int fromStart = last().startsWith("-") ? index + count : index;
    return fromStart >= 0 && fromStart <= highest ? OptionalInt.of(fromStart) : OptionalInt.empty();
  }

  @Override
  public String toString() {
    return segments.stream()
        .map(segment -> segment.replace("~", "~0").replace("/", "~1"))
        .collect(Collectors.joining("/"));
  }
}
