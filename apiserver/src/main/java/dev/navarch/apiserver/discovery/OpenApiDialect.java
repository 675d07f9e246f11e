package dev.navarch.apiserver.discovery;

/// The two versions of OpenAPI, which say the same of schemas in slightly different words.
enum OpenApiDialect {
  /// Swagger: no alternatives, and no defaults, which its old clients misread.
  V2("#/definitions/"),
  V3("#/components/schemas/");

  private final String prefix;

  OpenApiDialect(String prefix) {
    this.prefix = prefix;
  }

  String reference(String definition) {
    return prefix + definition;
  }
}
