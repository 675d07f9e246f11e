package dev.navarch.apiserver.cel;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.CelType;
import dev.cel.common.types.CelTypeProvider;
import dev.cel.common.types.ListType;
import dev.cel.common.types.MapType;
import dev.cel.common.types.SimpleType;
import dev.cel.common.types.StructType;
import dev.cel.compiler.CelCompiler;
import dev.cel.compiler.CelCompilerBuilder;
import dev.cel.compiler.CelCompilerFactory;
import dev.cel.extensions.CelExtensions;
import dev.cel.extensions.CelStringExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.navarch.apiserver.cel.DeclaredType.ListOf;
import dev.navarch.apiserver.cel.DeclaredType.MapOf;
import dev.navarch.apiserver.cel.DeclaredType.ObjectOf;
import dev.navarch.apiserver.cel.DeclaredType.Scalar;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// The variables that expressions of one place may name, with their types, and the functions that
/// Kubernetes gives to all. Making one takes milliseconds; it is kept while many expressions of one
/// place are compiled.
public final class Environment {
  private static final CelOptions OPTIONS =
      CelOptions.current()
          .enableHeterogeneousNumericComparisons(true)
          .enableOptionalSyntax(true)
          .build();

  private static final Pattern CANDIDATES = Pattern.compile(" \\(candidates: .*\\)$");
  private static final Pattern GRAMMAR =
      Pattern.compile("mismatched|no viable|extraneous|missing|token recognition");

  private final Map<String, DeclaredType> variables;
  private final CelCompiler compiler;

  private Environment(
      Map<String, DeclaredType> variables,
      List<ObjectOf> constructible,
      List<CelFunctionDecl> functions) {
    this.variables = Map.copyOf(variables);
    StructTypes types = new StructTypes();
    CelCompilerBuilder builder =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addLibraries(
                CelExtensions.optional(),
                CelExtensions.comprehensions(),
                CelExtensions.sets(OPTIONS),
                CelExtensions.strings(
                    EnumSet.complementOf(EnumSet.of(CelStringExtensions.Function.REVERSE))))
            .setTypeProvider(types)
            .addFunctionDeclarations(Signatures.declarations())
            .addFunctionDeclarations(functions);
    variables.forEach((name, type) -> builder.addVar(name, types.of(type)));
    constructible.forEach(types::of);
    compiler = builder.build();
  }

  public static Environment of(Map<String, DeclaredType> variables) {
    return new Environment(variables, List.of(), List.of());
  }

  /// @param constructible types of which expressions may make objects: `Object{…}`
  static Environment constructing(
      Map<String, DeclaredType> variables,
      List<ObjectOf> constructible,
      List<CelFunctionDecl> functions) {
    return new Environment(variables, constructible, functions);
  }

  /// @throws CompileFailed with all that is wrong, and where
  public Expression compile(String text) throws CompileFailed {
    try {
      return new Expression(text, compiler.compile(text).getAst(), variables);
    } catch (CelValidationException e) {
      throw new CompileFailed(e.getErrors().isEmpty() ? String.valueOf(e.getMessage()) : shown(e));
    } catch (StackOverflowError e) {
      throw new CompileFailed("ERROR: <input>:1:1: expression is nested too deeply");
    }
  }

  /// The errors in the words of Go's CEL, which users know.
  private static String shown(CelValidationException e) {
    return e.getErrors().stream()
        .map(
            issue -> {
              String message = CANDIDATES.matcher(issue.getMessage()).replaceFirst("");
              boolean syntax = GRAMMAR.matcher(message).lookingAt();
              return CelIssue.formatError(
                      issue.getSourceLocation(), syntax ? "Syntax error: " + message : message)
                  .toDisplayString(e.getSource());
            })
        .collect(Collectors.joining("\n"));
  }

  /// Declared objects as the checker asks for them, by name; fields show their escaped names.
  @SuppressWarnings("Immutable")
  private static final class StructTypes implements CelTypeProvider {
    private final Map<String, StructType> known = new HashMap<>();

    CelType of(DeclaredType type) {
      return switch (type) {
        case Scalar scalar -> scalar.cel();
        case ListOf list -> ListType.create(of(list.element()));
        case MapOf map -> MapType.create(SimpleType.STRING, of(map.value()));
        case ObjectOf object -> struct(object);
      };
    }

    private StructType struct(ObjectOf object) {
      StructType seen = known.get(object.name());
      if (seen != null) {
        return seen;
      }
      ImmutableSet<String> names =
          object.fields().keySet().stream()
              .map(FieldNames::escape)
              .flatMap(Optional::stream)
              .collect(ImmutableSet.toImmutableSet());
      StructType struct =
          StructType.create(
              object.name(),
              names,
              name -> names.contains(name) ? field(object, name) : Optional.empty());
      known.put(object.name(), struct);
      return struct;
    }

    private Optional<CelType> field(ObjectOf object, String name) {
      return Optional.ofNullable(object.field(name)).map(this::of);
    }

    @Override
    public ImmutableList<CelType> types() {
      return ImmutableList.copyOf(known.values());
    }

    @Override
    public Optional<CelType> findType(String name) {
      return Optional.ofNullable(known.get(name));
    }
  }
}
