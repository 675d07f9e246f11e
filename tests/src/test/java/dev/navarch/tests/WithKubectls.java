package dev.navarch.tests;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ArgumentsSource;

/// Runs a test class once with each kubectl, against the control plane that the whole run shares.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@WithTestCluster
@ParameterizedClass(name = "{0}", allowZeroInvocations = true)
@ArgumentsSource(Kubectls.class)
@interface WithKubectls {}
