package dev.navarch.apiserver.discovery;

import tools.jackson.databind.node.ObjectNode;

/// A version of a group that another server serves, as that server last described it.
///
/// @param available whether it answered when it was last asked
/// @param resources its `APIResourceList`; empty when it never gave one
/// @param openApiV2 paths and definitions for the one document of version 2
/// @param openApi where its OpenAPI document of version 3 is, path and query; empty when nowhere
public record RemoteVersion(
    String group,
    String version,
    int groupPriority,
    int versionPriority,
    boolean available,
    ObjectNode resources,
    String openApi,
    ObjectNode openApiV2) {}
