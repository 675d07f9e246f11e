package dev.navarch.apiserver.flows;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.navarch.apiserver.flows.FairQueues.Waiter;
import dev.navarch.http.Exchange;
import dev.navarch.http.Handler;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Shows priority levels, their queues and who waits in them at this moment, as tables of text that
/// upstream serves at the same paths.
public final class FlowDumps {
  private static final String FOLDER = "/debug/api_priority_and_fairness/";

  private final Seats seats;

  FlowDumps(Seats seats) {
    this.seats = seats;
  }

  /// What answers a path; empty for a path that is no dump.
  public Optional<Handler> handler(String path) {
    return switch (path) {
      case FOLDER + "dump_priority_levels" -> Optional.of(exchange -> show(exchange, levels()));
      case FOLDER + "dump_queues" -> Optional.of(exchange -> show(exchange, queues()));
      case FOLDER + "dump_requests" -> Optional.of(exchange -> show(exchange, requests()));
      default -> Optional.empty();
    };
  }

  private List<PriorityLevel> byName() {
    return seats.levels().stream().sorted(Comparator.comparing(PriorityLevel::name)).toList();
  }

  private List<List<String>> levels() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(
        List.of(
            "PriorityLevelName",
            "ActiveQueues",
            "IsIdle",
            "IsQuiescing",
            "WaitingRequests",
            "ExecutingRequests"));
    for (PriorityLevel level : byName()) {
      List<Waiter> waiting = level.waiting();
      long active = waiting.stream().mapToInt(Waiter::queue).distinct().count();
      int requests = level.requests();
      rows.add(
          List.of(
              level.name(),
              Long.toString(active),
              Boolean.toString(waiting.isEmpty() && requests == 0),
              "false",
              Integer.toString(waiting.size()),
              Integer.toString(requests)));
    }
    return rows;
  }

  /// Only queues in which somebody waits: the others are made when they are needed.
  private List<List<String>> queues() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("PriorityLevelName", "Index", "PendingRequests", "InitialSeatsSum"));
    for (PriorityLevel level : byName()) {
      Map<Integer, List<Waiter>> queues =
          level.waiting().stream()
              .collect(Collectors.groupingBy(Waiter::queue, TreeMap::new, Collectors.toList()));
      queues.forEach(
          (index, waiting) ->
              rows.add(
                  List.of(
                      level.name(),
                      Integer.toString(index),
                      Integer.toString(waiting.size()),
                      Integer.toString(waiting.stream().mapToInt(Waiter::seats).sum()))));
    }
    return rows;
  }

  private List<List<String>> requests() {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("PriorityLevelName", "QueueIndex", "RequestIndexInQueue", "InitialSeats"));
    for (PriorityLevel level : byName()) {
      Map<Integer, Integer> places = new TreeMap<>();
      for (Waiter waiter : level.waiting()) {
        int place = places.merge(waiter.queue(), 1, Integer::sum) - 1;
        rows.add(
            List.of(
                level.name(),
                Integer.toString(waiter.queue()),
                Integer.toString(place),
                Integer.toString(waiter.seats())));
      }
    }
    return rows;
  }

  private static void show(Exchange exchange, List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    for (List<String> row : rows) {
      for (int column = 0; column < row.size() - 1; column++) {
        int at = column;
        int width = rows.stream().mapToInt(each -> each.get(at).length()).max().orElse(0) + 2;
        String cell = row.get(column) + ",";
        text.append(cell).append(" ".repeat(Math.max(8, width) - cell.length()));
      }
      text.append(row.getLast()).append('\n');
    }
    exchange.respond(200, "text/plain; charset=utf-8", text.toString().getBytes(UTF_8));
  }
}
