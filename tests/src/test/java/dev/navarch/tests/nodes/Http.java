package dev.navarch.tests.nodes;

import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/// Requests to the suite's web servers, from this machine and as a line of shell for a pod.
final class Http {
  private static final int LIMIT_MILLIS = 3000;

  private Http() {}

  static String url(String host, int port) {
    return "http://%s:%d/cgi-bin/who".formatted(host, port);
  }

  /// The shell line for one request.
  static String get(String host, int port) {
    return "timeout 3 wget -q -O - " + url(host, port);
  }

  /// Who answers to so many requests from a pod.
  static Set<String> answers(Kubectl kubectl, String pod, String host, int port, int count) {
    String answers =
        kubectl.in(
            pod, "for i in $(seq %d); do %s || exit 1; done".formatted(count, get(host, port)));
    var hosts = new HashSet<String>();
    answers.lines().map(line -> line.split(" ", 2)[0]).forEach(hosts::add);
    return hosts;
  }

  /// Who answers to so many requests from this machine, each over a connection of its own.
  static Set<String> answers(String host, int port, int count) {
    var hosts = new HashSet<String>();
    for (int i = 0; i < count; i++) {
      hosts.add(fetch(host, port).split(" ", 2)[0]);
    }
    return hosts;
  }

  private static String fetch(String host, int port) {
    try {
      var connection = (HttpURLConnection) URI.create(url(host, port)).toURL().openConnection();
      connection.setConnectTimeout(LIMIT_MILLIS);
      connection.setReadTimeout(LIMIT_MILLIS);
      connection.setRequestProperty("Connection", "close");
      try (var body = connection.getInputStream()) {
        return new String(body.readAllBytes(), StandardCharsets.UTF_8);
      }
    } catch (IOException e) {
      return "error: %s %s".formatted(host, e.getMessage()).replace(' ', '_');
    }
  }
}
