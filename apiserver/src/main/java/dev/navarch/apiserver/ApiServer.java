package dev.navarch.apiserver;

import dev.navarch.api.BuiltInKinds;
import dev.navarch.api.Kind;
import dev.navarch.apiserver.admission.AddressRange;
import dev.navarch.apiserver.admission.AdmissionChain;
import dev.navarch.apiserver.admission.AdmissionPlugins;
import dev.navarch.apiserver.admission.PortRange;
import dev.navarch.apiserver.admission.QuotaStatuses;
import dev.navarch.apiserver.admission.StoredClaims;
import dev.navarch.apiserver.aggregation.Aggregation;
import dev.navarch.apiserver.audit.Audits;
import dev.navarch.apiserver.auth.Authorizer;
import dev.navarch.apiserver.auth.Authorizers;
import dev.navarch.apiserver.auth.CatchUp;
import dev.navarch.apiserver.auth.DefaultRoles;
import dev.navarch.apiserver.auth.KnownUsers;
import dev.navarch.apiserver.auth.NodeAuthorizer;
import dev.navarch.apiserver.auth.Pem;
import dev.navarch.apiserver.auth.Pki;
import dev.navarch.apiserver.auth.Rbac;
import dev.navarch.apiserver.auth.Reviews;
import dev.navarch.apiserver.auth.TokenIssuer;
import dev.navarch.apiserver.auth.TokenRequests;
import dev.navarch.apiserver.cache.Caches;
import dev.navarch.apiserver.cache.Compactor;
import dev.navarch.apiserver.custom.CustomResources;
import dev.navarch.apiserver.custom.DefinitionController;
import dev.navarch.apiserver.discovery.DiscoveryRoutes;
import dev.navarch.apiserver.flows.FlowStatuses;
import dev.navarch.apiserver.flows.Flows;
import dev.navarch.apiserver.kinds.KindRulesList;
import dev.navarch.apiserver.metrics.ServerMetrics;
import dev.navarch.apiserver.policies.PolicyStatuses;
import dev.navarch.apiserver.proxy.Kubelets;
import dev.navarch.apiserver.proxy.NodeProxy;
import dev.navarch.apiserver.proxy.ServiceEndpoints;
import dev.navarch.apiserver.registry.Bootstrap;
import dev.navarch.apiserver.registry.ComponentsHandler;
import dev.navarch.apiserver.registry.LocalCluster;
import dev.navarch.apiserver.registry.Reader;
import dev.navarch.apiserver.registry.Registry;
import dev.navarch.apiserver.registry.ResourceHandler;
import dev.navarch.apiserver.registry.StatusAnswers;
import dev.navarch.apiserver.registry.UsageHandler;
import dev.navarch.apiserver.registry.Versions;
import dev.navarch.apiserver.usage.NodeUsages;
import dev.navarch.apiserver.webhooks.WebhookClient;
import dev.navarch.client.Cluster;
import dev.navarch.client.ClusterInformers;
import dev.navarch.client.Informers;
import dev.navarch.http.HttpServer;
import dev.navarch.http.Tls;
import dev.navarch.store.EmbeddedStore;
import dev.navarch.store.Store;
import dev.navarch.store.StoreMetrics;
import dev.navarch.store.etcd.EtcdStore;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One API server: store, caches, registry, identities and rights, and the HTTPS server in front of
/// them, put together by plain constructors. Read {@link #start} to see what is made of what.
public final class ApiServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ApiServer.class);
  private final Pki pki;
  private final LocalCluster cluster;
  private final Authorizer authorizer;
  private final TokenIssuer tokens;
  private final Informers informers;
  private final Health health;
  private final Components components;
  private final HttpServer http;
  private final Aggregation aggregation;
  private final List<AutoCloseable> parts;

  private ApiServer(
      Pki pki,
      LocalCluster cluster,
      Authorizer authorizer,
      TokenIssuer tokens,
      Informers informers,
      Health health,
      Components components,
      HttpServer http,
      Aggregation aggregation,
      List<AutoCloseable> parts) {
    this.pki = pki;
    this.cluster = cluster;
    this.authorizer = authorizer;
    this.tokens = tokens;
    this.informers = informers;
    this.health = health;
    this.components = components;
    this.http = http;
    this.aggregation = aggregation;
    this.parts = parts;
  }

  /// Opens or makes the data folder and serves from it. When this returns, the server is ready: the
  /// system's namespaces and roles exist, and rights are known.
  public static ApiServer start(ApiServerConfig config) throws InterruptedException {
    InstantSource clock = InstantSource.system();
    Random random = new Random();
    Pki pki = openPki(config, clock);
    BuiltInKinds builtIn = BuiltInKinds.load();
    CustomResources kinds = new CustomResources(builtIn);
    Versions versions = new Versions(kinds, kinds::form);

    ServerMetrics metrics = new ServerMetrics(kinds);
    Store store = openStore(config, clock, metrics.store());
    metrics.showSize(store::size);
    ClusterMark.of(config.clusterName(), pki.authority().certificate()).check(store);
    Caches caches = Caches.open(store, KindRulesList.selectableFields(builtIn));
    metrics.showProgress(store, caches);
    Compactor compactor =
        Compactor.start(store, metrics.store(), caches::compacted, Compactor.INTERVAL);
    CompletableFuture<Cluster> self = new CompletableFuture<>();
    CompletableFuture<Rbac> rights = new CompletableFuture<>();
    CompletableFuture<Authorizer> authorization = new CompletableFuture<>();
    ServiceEndpoints services = new ServiceEndpoints(self::join, random);
    WebhookClient webhooks = new WebhookClient(services);
    Extensions extensions =
        new Extensions(
            kinds, builtIn::definition, kinds::rules, store, caches, webhooks, authorization::join);
    AdmissionChain admission =
        new AdmissionChain(
            Stream.concat(
                    AdmissionPlugins.byDefault(
                        self::join,
                        rights::join,
                        AddressRange.parse(config.serviceRange()),
                        new PortRange(config.nodePortFirst(), config.nodePortLast()),
                        new StoredClaims(store, clock),
                        random,
                        config.access().disabled(),
                        extensions)
                        .stream(),
                    AdmissionPlugins.named(config.access().enabled()).stream())
                .map(metrics::timed)
                .toList());
    Registry registry = Registry.over(store, versions, kinds::rules, admission, clock, random);
    Reader reader = new Reader(store, caches, versions, kinds::rules);
    ResourceHandler resources =
        new ResourceHandler(kinds, builtIn, registry, reader, clock, random);
    CompletableFuture<TokenRequests> tokens = new CompletableFuture<>();
    LocalCluster cluster =
        new LocalCluster(
            kinds,
            registry,
            reader,
            resources,
            (namespace, account, request) -> tokens.join().issue(namespace, account, request),
            "kube-apiserver");
    self.complete(cluster);

    Informers informers = new ClusterInformers(cluster, random);
    PolicyStatuses.keep(informers, cluster, caches, kinds);
    FlowStatuses.keep(informers, cluster, caches, kinds, clock);
    QuotaStatuses quotas = QuotaStatuses.keep(informers, cluster, caches, kinds);
    Rbac rbac = new Rbac(informers);
    rights.complete(rbac);
    Authorizer authorizer =
        authorizer(
            config.access().modes(),
            informers,
            rbac,
            new CatchUp(store, caches, kinds, informers, NodeAuthorizer.READS));
    authorization.complete(authorizer);
    DefinitionController definitions =
        DefinitionController.start(builtIn, kinds, registry, caches, webhooks, clock);
    Identities identities = Identities.of(config, pki, cluster, clock);
    tokens.complete(identities.requests());
    Aggregation aggregation =
        new Aggregation(
            kinds, cluster, informers, services, () -> pki.identity(Pki.FRONT_PROXY), clock);

    UnaryOperator<Kind> stored =
        kind -> kind.isCustom() ? kinds.stored(kind) : versions.stored(kind);
    Flows flows = new Flows(caches, kinds, stored, metrics.flows());
    Kubelets kubelets = kubelets(cluster, pki);
    Components components = new Components();
    components.show(Components.STORE, () -> answers(store));
    AtomicBoolean bootstrapped = new AtomicBoolean();
    Health health =
        new Health(
            Map.of("etcd", () -> answers(store)),
            Map.of("poststarthook/rbac/bootstrap-roles", bootstrapped::get));
    Routes routes =
        new Routes(
            builtIn,
            resources,
            resources::compute,
            new Connects(kinds, admission),
            new UsageHandler(builtIn, reader, new NodeUsages(kubelets::summary, clock), clock),
            new ComponentsHandler(components, builtIn, reader, clock),
            new NodeProxy(cluster, kubelets, random),
            new Reviews(identities.authenticator(), authorizer, rbac),
            identities.requests(),
            identities.issuer(),
            new DiscoveryRoutes(kinds, builtIn::definition, stored, aggregation::versions),
            aggregation,
            health,
            exchange -> metrics.answer(exchange, caches));
    InFlight inFlight = new InFlight();
    metrics.show(inFlight);
    Failures failures = new Failures(new StatusAnswers(builtIn));
    Audits audits = Audits.open(config.auditLog(), config.auditPolicy(), builtIn, clock);
    Tls tls = tls(pki);
    HttpServer http =
        HttpServer.start(
            HttpServer.Settings.of(config.bindAddress(), config.port(), tls),
            new ApiHandler(
                identities.authenticator(),
                authorizer,
                routes,
                failures,
                inFlight,
                metrics.requests(),
                flows,
                audits,
                random),
            failures);

    CertificateRenewal renewal =
        CertificateRenewal.daily(
            () -> {
              openPki(config, clock);
              tls.reload();
            });
    ApiServer server =
        new ApiServer(
            pki,
            cluster,
            authorizer,
            identities.issuer(),
            informers,
            health,
            components,
            http,
            aggregation,
            List.of(
                renewal,
                aggregation,
                informers,
                definitions,
                webhooks,
                compactor,
                audits,
                quotas,
                caches,
                store));
    server.bootstrap(new Bootstrap(registry, builtIn), config);
    bootstrapped.set(true);
    return server;
  }

  private static Store openStore(
      ApiServerConfig config, InstantSource clock, StoreMetrics metrics) {
    return config.etcd().isPresent()
        ? EtcdStore.open(config.etcd().get(), clock, metrics)
        : EmbeddedStore.open(config.dataDir().resolve("store"), clock, metrics);
  }

  private static boolean answers(Store store) {
    try {
      return store.revision() >= 0;
    } catch (Store.UnavailableException | Store.LateException e) {
      LOG.atWarn().setCause(e).log("the store does not answer");
      return false;
    }
  }

  private static Pki openPki(ApiServerConfig config, InstantSource clock) {
    return Pki.open(config.dataDir().resolve("pki"), config.serverNames(), clock);
  }

  private void bootstrap(Bootstrap bootstrap, ApiServerConfig config) throws InterruptedException {
    bootstrap.run(
        new Bootstrap.Endpoint(
            config.serviceRange(),
            config.kubernetesServiceAddress(),
            config.advertiseAddress(),
            port()),
        Pem.text(pki.certificate("ca")),
        Pem.text(pki.certificate("front-proxy-ca")));
    DefaultRoles.ensure(cluster);
    aggregation.start();
    informers.awaitSynced();
  }

  /// Nobody known has the rights that RBAC gives him, whatever others may do.
  private static Authorizer authorizer(
      List<String> modes, Informers informers, Rbac rbac, Runnable catchUp) {
    List<Authorizer> each = new ArrayList<>();
    if (modes.contains("AlwaysAllow")) {
      each.add(new KnownUsers());
    }
    if (modes.contains("Node")) {
      each.add(new NodeAuthorizer(informers, DefaultRoles.nodeRules(), catchUp));
    }
    each.add(rbac);
    return new Authorizers(each);
  }

  private static Tls tls(Pki pki) {
    return new Tls(
        pki.certificate("apiserver"),
        pki.key("apiserver"),
        Optional.of(pki.certificate("client-cas")));
  }

  private static Kubelets kubelets(Cluster cluster, Pki pki) {
    return new Kubelets(
        cluster, pki.authority().certificate(), pki.identity("apiserver-kubelet-client"));
  }

  public int port() {
    return http.port();
  }

  public Pki pki() {
    return pki;
  }

  /// The API for what runs in this process, with the server's own rights.
  ///
  /// @param manager how managedFields name whoever uses it
  public Cluster cluster(String manager) {
    return cluster.named(manager);
  }

  /// What service accounts' tokens are signed with.
  public TokenIssuer tokens() {
    return tokens;
  }

  /// Who may do what here.
  public Authorizer authorizer() {
    return authorizer;
  }

  /// Where what runs beside this server says how to see that it works.
  public Components components() {
    return components;
  }

  public boolean isReady() {
    return health.isReady();
  }

  /// Stops taking requests, lets those in flight end, then closes what lies behind them.
  @Override
  public void close() {
    health.shuttingDown();
    http.close();
    for (AutoCloseable part : parts) {
      try {
        part.close();
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
