package dev.navarch.apiserver.cel;

import static dev.navarch.apiserver.cel.StandardFunctions.list;
import static dev.navarch.apiserver.cel.StandardFunctions.text;

import com.google.re2j.Matcher;
import dev.navarch.apiserver.cel.Functions.Function;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Kubernetes' functions over lists (`isSorted`, `sum`, `min`, `max`, `indexOf`, `lastIndexOf`),
/// its two over regular expressions, sets, and what two-variable macros build maps with.
final class ListFunctions {
  private ListFunctions() {}

  static Map<String, Function> functions() {
    Map<String, Function> all = new HashMap<>();
    all.put("isSorted", args -> isSorted(list(args.getFirst())));
    all.put("sum", args -> sum(list(args.getFirst())));
    all.put("min", args -> extreme("min", list(args.getFirst()), -1));
    all.put("max", args -> extreme("max", list(args.getFirst()), 1));
    all.put(
        "indexOf",
        args ->
            args.getFirst() instanceof List<?> list
                ? indexOf(list, args.get(1))
                : StringFunctions.indexOf(args));
    all.put(
        "lastIndexOf",
        args ->
            args.getFirst() instanceof List<?> list
                ? lastIndexOf(list, args.get(1))
                : StringFunctions.lastIndexOf(args));
    all.put("find", ListFunctions::find);
    all.put("findAll", ListFunctions::findAll);
    all.put("sets.contains", args -> containsAll(list(args.getFirst()), list(args.getLast())));
    all.put(
        "sets.equivalent",
        args ->
            containsAll(list(args.getFirst()), list(args.getLast()))
                && containsAll(list(args.getLast()), list(args.getFirst())));
    all.put(
        "sets.intersects",
        args ->
            list(args.getFirst()).stream()
                .anyMatch(element -> contains(list(args.getLast()), element)));
    all.put("cel.@mapInsert", ListFunctions::mapInsert);
    return all;
  }

  private static boolean isSorted(List<?> list) {
    for (int i = 1; i < list.size(); i++) {
      if (Values.compare(list.get(i - 1), list.get(i)).orElse(0) > 0) {
        return false;
      }
    }
    return true;
  }

  private static Object sum(List<?> list) {
    Object sum = list.isEmpty() ? 0L : list.getFirst();
    for (Object element : list.subList(Math.min(1, list.size()), list.size())) {
      sum = Operators.add(sum, element);
    }
    return sum;
  }

  private static Object extreme(String name, List<?> list, int wanted) {
    if (list.isEmpty()) {
      throw new EvaluationFailed(name + " called on empty list");
    }
    Object best = list.getFirst();
    for (Object element : list) {
      if (Values.compare(element, best).orElse(0) == wanted) {
        best = element;
      }
    }
    return best;
  }

  private static long indexOf(List<?> list, Object element) {
    for (int i = 0; i < list.size(); i++) {
      if (Values.equal(list.get(i), element)) {
        return i;
      }
    }
    return -1;
  }

  private static long lastIndexOf(List<?> list, Object element) {
    for (int i = list.size() - 1; i >= 0; i--) {
      if (Values.equal(list.get(i), element)) {
        return i;
      }
    }
    return -1;
  }

  private static boolean contains(List<?> list, Object element) {
    return list.stream().anyMatch(other -> Values.equal(element, other));
  }

  private static boolean containsAll(List<?> list, List<?> elements) {
    return elements.stream().allMatch(element -> contains(list, element));
  }

  private static Object find(List<Object> args) {
    Matcher matcher = StandardFunctions.regex(text(args.get(1))).matcher(text(args.getFirst()));
    return matcher.find() ? matcher.group() : "";
  }

  private static Object findAll(List<Object> args) {
    Matcher matcher = StandardFunctions.regex(text(args.get(1))).matcher(text(args.getFirst()));
    long most = args.size() > 2 ? StandardFunctions.whole(args.get(2)) : -1;
    List<Object> found = new ArrayList<>();
    while ((most < 0 || found.size() < most) && matcher.find()) {
      found.add(matcher.group());
    }
    return found;
  }

  private static Object mapInsert(List<Object> args) {
    if (!(args.getFirst() instanceof Interpreter.GrowingMap map)) {
      throw EvaluationFailed.noSuchOverload();
    }
    if (args.size() == 3) {
      Parts.insert(map, args.get(1), args.get(2));
    } else if (args.get(1) instanceof Map<?, ?> more) {
      more.forEach((key, value) -> Parts.insert(map, key, value));
    }
    return map;
  }
}
