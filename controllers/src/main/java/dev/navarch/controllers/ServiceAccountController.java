package dev.navarch.controllers;

import dev.navarch.client.Cluster;
import dev.navarch.client.Controller;
import dev.navarch.client.Informers;
import dev.navarch.client.Key;
import dev.navarch.client.Lister;
import dev.navarch.client.Reconciler;
import dev.navarch.client.Result;
import io.fabric8.kubernetes.api.model.Namespace;
import io.fabric8.kubernetes.api.model.ServiceAccount;
import io.fabric8.kubernetes.api.model.ServiceAccountBuilder;
import java.util.stream.Stream;

/// Gives every namespace the service account `default`, which pods use that name no other.
final class ServiceAccountController implements Reconciler<Namespace> {
  private static final String NAME = "default";

  private final Lister<ServiceAccount> accounts;
  private final Cluster cluster;

  private ServiceAccountController(Informers on, Cluster cluster) {
    this.accounts = on.lister(ServiceAccount.class);
    this.cluster = cluster;
  }

  static Controller register(Informers on, Cluster cluster) {
    return Controller.of(Namespace.class, new ServiceAccountController(on, cluster))
        .name("serviceaccount")
        .watches(
            ServiceAccount.class,
            account ->
                account.getMetadata().getName().equals(NAME)
                    ? Stream.of(new Key("", account.getMetadata().getNamespace()))
                    : Stream.empty());
  }

  @Override
  public Result reconcile(Namespace namespace) {
    String name = namespace.getMetadata().getName();
    if (!Pods.isDeleting(namespace) && accounts.find(name, NAME).isEmpty()) {
      Created.unlessGoingAway(
          () ->
              cluster.create(
                  new ServiceAccountBuilder()
                      .withNewMetadata()
                      .withNamespace(name)
                      .withName(NAME)
                      .endMetadata()
                      .build()));
    }
    return Result.done();
  }
}
