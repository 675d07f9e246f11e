package dev.navarch.apiserver.admission;

import java.util.List;

/// All admission plugins in their order, as one. A newcomer who wants to know what may change or
/// refuse a request reads the list that the server hands in here.
public record AdmissionChain(List<AdmissionPlugin> plugins) implements AdmissionPlugin {
  public AdmissionChain {
    plugins = List.copyOf(plugins);
  }

  @Override
  public void admit(Request request) {
    for (AdmissionPlugin plugin : plugins) {
      plugin.admit(request);
    }
  }

  @Override
  public void validate(Request request) {
    for (AdmissionPlugin plugin : plugins) {
      plugin.validate(request);
    }
  }
}
