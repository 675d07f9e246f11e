package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.EventRecorder;
import dev.navarch.client.Informers;
import dev.navarch.client.Objects;
import dev.navarch.client.Simulation;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Pod;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;

/// A controller in simulation, what it tells, and hands that play its nodes.
class ControllerTrial {
  final Simulation simulation = new Simulation();
  final RecordedEvents events = new RecordedEvents();
  final SimulatedKubelet kubelet = new SimulatedKubelet(simulation);

  /// How most controllers are made.
  interface Registration {
    Controller register(Informers on, Cluster cluster, EventRecorder events, InstantSource clock);
  }

  ControllerTrial(Registration controller) {
    simulation.with(
        controller.register(
            simulation.informers(), simulation.cluster(), events, simulation.clock()));
  }

  /// Creates it, and lets the controller work.
  final void create(HasMetadata object) {
    simulation.cluster().create(object);
    simulation.settle();
  }

  /// Changes it, and lets the controller work.
  final <T extends HasMetadata> void change(T object, Consumer<T> change) {
    T changed = Objects.copy(object);
    change.accept(changed);
    simulation.cluster().update(changed);
    simulation.settle();
  }

  /// Lets the nodes catch up, and then the controller.
  final void catchUp() {
    kubelet.catchUp();
    simulation.settle();
  }

  final List<Pod> pods() {
    return simulation.cluster().all(Pod.class);
  }

  final Pod pod(String name) {
    return find(Pod.class, name);
  }

  final <T extends HasMetadata> T find(Class<T> type, String name) {
    return simulation.cluster().find(type, "default", name).orElseThrow();
  }
}
