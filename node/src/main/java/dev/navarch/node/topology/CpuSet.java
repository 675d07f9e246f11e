package dev.navarch.node.topology;

import java.util.Collection;
import java.util.Collections;
import java.util.NavigableSet;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Some numbers of processors or memory nodes, written as the kernel writes them: `0-3,8`.
public final class CpuSet {
  public static final CpuSet NONE = new CpuSet(new TreeSet<>());
  private static final int MOST = 65_536;

  private final NavigableSet<Integer> numbers;

  private CpuSet(NavigableSet<Integer> numbers) {
    this.numbers = Collections.unmodifiableNavigableSet(numbers);
  }

  public static CpuSet of(Collection<Integer> numbers) {
    return new CpuSet(new TreeSet<>(numbers));
  }

  public static CpuSet of(int... numbers) {
    return of(IntStream.of(numbers).boxed().toList());
  }

  /// @throws IllegalArgumentException with a sentence for the user
  public static CpuSet parse(String text) {
    NavigableSet<Integer> numbers = new TreeSet<>();
    if (text.isBlank()) {
      return NONE;
    }
    for (String part : text.strip().split(",", -1)) {
      if (!part.matches("[0-9]{1,5}(-[0-9]{1,5})?")) {
        throw new IllegalArgumentException(
            "found \"%s\", expected numbers as \"0-3,8\"".formatted(text));
      }
      String[] ends = part.split("-");
      int first = Integer.parseInt(ends[0]);
      int last = Integer.parseInt(ends[ends.length - 1]);
      if (first > last || last >= MOST) {
        throw new IllegalArgumentException(
            "found \"%s\", expected numbers as \"0-3,8\", the smaller first".formatted(text));
      }
      IntStream.rangeClosed(first, last).forEach(numbers::add);
    }
    return new CpuSet(numbers);
  }

  public SortedSet<Integer> numbers() {
    return numbers;
  }

  public int size() {
    return numbers.size();
  }

  public boolean isEmpty() {
    return numbers.isEmpty();
  }

  public boolean containsAll(CpuSet other) {
    return numbers.containsAll(other.numbers);
  }

  public CpuSet and(CpuSet other) {
    NavigableSet<Integer> both = new TreeSet<>(numbers);
    both.retainAll(other.numbers);
    return new CpuSet(both);
  }

  public CpuSet plus(CpuSet other) {
    NavigableSet<Integer> all = new TreeSet<>(numbers);
    all.addAll(other.numbers);
    return new CpuSet(all);
  }

  public CpuSet minus(CpuSet other) {
    NavigableSet<Integer> left = new TreeSet<>(numbers);
    left.removeAll(other.numbers);
    return new CpuSet(left);
  }

  @Override
  public String toString() {
    var text = new StringBuilder();
    Integer first = null;
    Integer last = null;
    for (int number : numbers) {
      if (last != null && number == last + 1) {
        last = number;
        continue;
      }
      append(text, first, last);
      first = number;
      last = number;
    }
    append(text, first, last);
    return text.toString();
  }

  private static void append(StringBuilder text, @Nullable Integer first, @Nullable Integer last) {
    if (first == null || last == null) {
      return;
    }
    text.append(text.isEmpty() ? "" : ",").append(first);
    if (!first.equals(last)) {
      text.append('-').append(last);
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof CpuSet set && numbers.equals(set.numbers);
  }

  @Override
  public int hashCode() {
    return numbers.hashCode();
  }
}
