package dev.navarch.apiserver.cel;

import static dev.navarch.apiserver.cel.StandardFunctions.list;
import static dev.navarch.apiserver.cel.StandardFunctions.whole;

import dev.navarch.apiserver.cel.Functions.Function;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// CEL's functions that make lists out of lists: `slice`, `flatten`, `reverse`, `distinct`, `sort`,
/// `sortBy`, `lists.range`.
final class ListTransforms {
  private static final int LONGEST_RANGE = 10_000_000;

  private ListTransforms() {}

  static Map<String, Function> functions() {
    Map<String, Function> all = new HashMap<>();
    all.put(
        "slice", args -> slice(list(args.getFirst()), whole(args.get(1)), whole(args.getLast())));
    all.put(
        "flatten",
        args -> flatten(list(args.getFirst()), args.size() > 1 ? whole(args.getLast()) : 1));
    all.put("reverse", args -> list(args.getFirst()).reversed());
    all.put("distinct", args -> distinct(list(args.getFirst())));
    all.put("sort", args -> sort(list(args.getFirst()), list(args.getFirst())));
    all.put("@sortByAssociatedKeys", args -> sort(list(args.getFirst()), list(args.getLast())));
    all.put("lists.range", args -> range(whole(args.getFirst())));
    return all;
  }

  private static List<?> slice(List<?> list, long start, long end) {
    String call = "cannot slice(%d, %d), ".formatted(start, end);
    if (start < 0 || end < 0) {
      throw new EvaluationFailed(call + "negative indexes not supported");
    }
    if (start > end) {
      throw new EvaluationFailed(call + "start index must be less than or equal to end index");
    }
    if (list.size() < end) {
      throw new EvaluationFailed(call + "list is length " + list.size());
    }
    return list.subList((int) start, (int) end);
  }

  private static List<Object> flatten(List<?> list, long depth) {
    if (depth < 0) {
      throw new EvaluationFailed("level must be non-negative");
    }
    List<Object> flat = new ArrayList<>();
    flatten(list, depth, flat);
    return flat;
  }

  private static void flatten(List<?> list, long depth, List<Object> into) {
    for (Object element : list) {
      if (element instanceof List<?> nested && depth > 0) {
        flatten(nested, depth - 1, into);
      } else {
        into.add(element);
        Functions.checkSize(into.size());
      }
    }
  }

  private static List<Object> distinct(List<?> list) {
    List<Object> distinct = new ArrayList<>();
    for (Object element : list) {
      if (distinct.stream().noneMatch(known -> Values.equal(element, known))) {
        distinct.add(element);
      }
    }
    return distinct;
  }

  /// The elements in the order of their keys.
  private static List<Object> sort(List<?> list, List<?> keys) {
    if (!keys.isEmpty()) {
      String type = Values.typeName(keys.getFirst());
      if (keys.getFirst() instanceof List<?> || keys.getFirst() instanceof Map<?, ?>) {
        throw new EvaluationFailed("list elements must be comparable");
      }
      if (!keys.stream().allMatch(key -> Values.typeName(key).equals(type))) {
        throw new EvaluationFailed("list elements must have the same type");
      }
    }
    return IntStream.range(0, list.size())
        .boxed()
        .sorted((left, right) -> Values.compare(keys.get(left), keys.get(right)).orElse(0))
        .<Object>map(list::get)
        .toList();
  }

  /// Takes no memory for its numbers.
  private static List<Object> range(long size) {
    if (size < 0) {
      throw new EvaluationFailed("lists.range: size must be non-negative, got " + size);
    }
    if (size > LONGEST_RANGE) {
      throw new EvaluationFailed(
          "lists.range: size %d exceeds maximum allowed (%d)".formatted(size, LONGEST_RANGE));
    }
    return new AbstractList<>() {
      @Override
      public Object get(int index) {
        return (long) java.util.Objects.checkIndex(index, size());
      }

      @Override
      public int size() {
        return (int) size;
      }
    };
  }
}
