package dev.navarch.controllers;

import dev.navarch.api.ApiException;
import dev.navarch.client.Cluster;
import dev.navarch.client.Objects;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.List;

/// Keeps an object from going away while somebody needs it.
record Finalizers(Cluster cluster, String finalizer) {

  boolean isOn(HasMetadata object) {
    List<String> finalizers = object.getMetadata().getFinalizers();
    return finalizers != null && finalizers.contains(finalizer);
  }

  <T extends HasMetadata> void add(T object) {
    List<String> finalizers =
        object.getMetadata().getFinalizers() == null
            ? new ArrayList<>()
            : new ArrayList<>(object.getMetadata().getFinalizers());
    finalizers.add(finalizer);
    write(object, finalizers);
  }

  <T extends HasMetadata> void remove(T object) {
    List<String> finalizers = new ArrayList<>(object.getMetadata().getFinalizers());
    finalizers.remove(finalizer);
    write(object, finalizers);
  }

  private <T extends HasMetadata> void write(T object, List<String> finalizers) {
    T changed = Objects.copy(object);
    changed.getMetadata().setFinalizers(finalizers);
    try {
      cluster.update(changed);
    } catch (ApiException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }
}
