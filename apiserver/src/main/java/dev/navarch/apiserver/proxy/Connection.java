package dev.navarch.apiserver.proxy;

import dev.navarch.apiserver.ResourcePath;
import java.util.List;
import java.util.Map;

/// What a stream or a proxy leads to, and with which options: as the client asked, or as admission
/// has changed it.
///
/// @param query the options of a stream, as the client would write them
public record Connection(ResourcePath at, Map<String, List<String>> query) {}
