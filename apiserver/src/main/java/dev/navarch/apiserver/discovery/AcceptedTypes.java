package dev.navarch.apiserver.discovery;

import dev.navarch.http.Exchange;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The media types that a client asks for, the dearest first. Kubernetes' discovery tells its forms
/// apart by parameters (`g`, `v`, `as`) of `application/json`.
record AcceptedTypes(List<MediaType> types) {

  /// @param name `application/json`, in lower case
  /// @param parameters without the quality
  record MediaType(String name, Map<String, String> parameters, double quality) {
    boolean isJson() {
      return name.equals("application/json") || name.equals("application/*") || name.equals("*/*");
    }

    String parameter(String key) {
      return parameters.getOrDefault(key, "");
    }
  }

  static AcceptedTypes of(Exchange exchange) {
    List<MediaType> types = new ArrayList<>();
    for (String header : exchange.headers("Accept")) {
      for (String type : header.split(",")) {
        if (!type.isBlank()) {
          types.add(parse(type));
        }
      }
    }
    types.sort(Comparator.comparingDouble(MediaType::quality).reversed());
    return new AcceptedTypes(types.stream().filter(type -> type.quality > 0).toList());
  }

  private static MediaType parse(String text) {
    String[] parts = text.split(";", -1);
    Map<String, String> parameters = new HashMap<>();
    for (int i = 1; i < parts.length; i++) {
      String[] pair = parts[i].split("=", 2);
      if (pair.length == 2) {
        parameters.put(pair[0].strip().toLowerCase(Locale.ROOT), pair[1].strip());
      }
    }
    String quality = parameters.remove("q");
    return new MediaType(
        parts[0].strip().toLowerCase(Locale.ROOT),
        parameters,
        quality == null ? 1 : number(quality));
  }

  private static double number(String text) {
    try {
      return Double.parseDouble(text);
    } catch (NumberFormatException notANumber) {
      return 0;
    }
  }
}
