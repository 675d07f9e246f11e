package dev.navarch.tests;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceLock;

/// Runs a test class against the control plane that the whole run shares: one such class after the
/// other, beside those that have clusters of their own.
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(TestCluster.Shared.class)
@Execution(ExecutionMode.CONCURRENT)
@ResourceLock("the shared control plane")
public @interface WithTestCluster {}
