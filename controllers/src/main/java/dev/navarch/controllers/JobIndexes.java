package dev.navarch.controllers;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/// A set of completion indexes as a job's status and its success policy write it: `1,3-5,7`.
///
/// @param ranges in order, none touching the next
record JobIndexes(List<Range> ranges) {
  static final JobIndexes NONE = new JobIndexes(List.of());

  /// Both ends belong to it.
  record Range(int first, int last) {
    int size() {
      return last - first + 1;
    }
  }

  /// Reads what is written, up to the number of indexes that there are; what cannot be read counts
  /// as not there.
  static JobIndexes parse(@Nullable String text, int completions) {
    if (text == null || text.isEmpty()) {
      return NONE;
    }
    List<Range> ranges = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      String[] ends = part.split("-", -1);
      if (ends.length <= 2 && isNumber(ends[0]) && isNumber(ends[ends.length - 1])) {
        int last = Math.min(completions - 1, Integer.parseInt(ends[ends.length - 1]));
        add(ranges, new Range(Integer.parseInt(ends[0]), last));
      }
    }
    return new JobIndexes(List.copyOf(ranges));
  }

  boolean contains(int index) {
    return ranges.stream().anyMatch(range -> range.first <= index && index <= range.last);
  }

  JobIndexes with(Collection<Integer> more) {
    if (more.isEmpty()) {
      return this;
    }
    List<Range> all = new ArrayList<>(ranges);
    new TreeSet<>(more).forEach(index -> all.add(new Range(index, index)));
    List<Range> merged = new ArrayList<>();
    all.stream()
        .sorted((a, b) -> Integer.compare(a.first, b.first))
        .forEach(range -> add(merged, range));
    return new JobIndexes(List.copyOf(merged));
  }

  int total() {
    return ranges.stream().mapToInt(Range::size).sum();
  }

  /// How many of these are among the others, too.
  int totalIn(JobIndexes others) {
    int total = 0;
    for (Range mine : ranges) {
      for (Range other : others.ranges) {
        int shared = Math.min(mine.last, other.last) - Math.max(mine.first, other.first) + 1;
        total += Math.max(0, shared);
      }
    }
    return total;
  }

  /// The lowest indexes that are neither here nor taken otherwise.
  List<Integer> lowestMissing(int count, int completions, IntPredicate taken) {
    List<Integer> missing = new ArrayList<>();
    for (int index = 0; index < completions && missing.size() < count; index++) {
      int at = index;
      Optional<Range> done =
          ranges.stream().filter(range -> range.first <= at && at <= range.last).findFirst();
      if (done.isPresent()) {
        index = done.get().last;
      } else if (!taken.test(index)) {
        missing.add(index);
      }
    }
    return missing;
  }

  String text() {
    StringBuilder text = new StringBuilder();
    for (Range range : ranges) {
      text.append(text.isEmpty() ? "" : ",").append(range.first);
      if (range.size() > 1) {
        text.append(range.size() == 2 ? "," : "-").append(range.last);
      }
    }
    return text.toString();
  }

  private static void add(List<Range> ranges, Range next) {
    if (next.last < next.first) {
      return;
    }
    if (!ranges.isEmpty() && ranges.getLast().last + 1 >= next.first) {
      Range before = ranges.removeLast();
      ranges.add(new Range(before.first, Math.max(before.last, next.last)));
    } else {
      ranges.add(next);
    }
  }

  private static boolean isNumber(String text) {
    return text.matches("[0-9]{1,9}");
  }
}
