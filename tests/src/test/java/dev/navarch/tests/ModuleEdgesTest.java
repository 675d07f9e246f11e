package dev.navarch.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.GeneralCodingRules.NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.junit.jupiter.api.Test;

/// The direction of dependencies between the modules, as ARCHITECTURE.md draws it.
class ModuleEdgesTest {
  private static final JavaClasses CODE =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .withImportOption(place -> !place.contains("-tests.jar"))
          .importPackages("dev.navarch");

  @Test
  void modulesDependOnlyDownwards() {
    layeredArchitecture()
        .consideringOnlyDependenciesInLayers()
        .layer("api")
        .definedBy("dev.navarch.api..")
        .layer("store")
        .definedBy("dev.navarch.store..")
        .layer("http")
        .definedBy("dev.navarch.http..")
        .layer("client")
        .definedBy("dev.navarch.client..")
        .layer("apiserver")
        .definedBy("dev.navarch.apiserver..")
        .layer("controllers")
        .definedBy("dev.navarch.controllers..")
        .layer("scheduler")
        .definedBy("dev.navarch.scheduler..")
        .layer("node")
        .definedBy("dev.navarch.node..")
        .layer("app")
        .definedBy("dev.navarch.app..")
        .whereLayer("app")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("apiserver")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("controllers")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("scheduler")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("node")
        .mayOnlyBeAccessedByLayers("app")
        .whereLayer("store")
        .mayOnlyBeAccessedByLayers("apiserver", "app")
        .whereLayer("client")
        .mayOnlyBeAccessedByLayers("apiserver", "controllers", "scheduler", "node", "app")
        .whereLayer("http")
        .mayOnlyBeAccessedByLayers("apiserver", "node")
        .whereLayer("api")
        .mayOnlyBeAccessedByLayers(
            "http", "client", "apiserver", "controllers", "scheduler", "node", "app")
        .because("controllers, scheduler and node meet in the API and nowhere else")
        .check(CODE);
  }

  @Test
  void modulesHaveNoCycles() {
    SlicesRuleDefinition.slices()
        .matching("dev.navarch.(*)..")
        .should()
        .beFreeOfCycles()
        .check(CODE);
  }

  @Test
  void logsGoThroughSlf4j() {
    NO_CLASSES_SHOULD_USE_JAVA_UTIL_LOGGING.check(CODE);
  }

  @Test
  void onlyTheCommandLineEndsTheProgram() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.navarch.app..")
        .should()
        .callMethod(System.class, "exit", int.class)
        .because("an exception tells its caller; only dev.navarch.app.Navarch ends the process")
        .check(CODE);
  }
}
