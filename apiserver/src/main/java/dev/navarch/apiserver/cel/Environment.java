package dev.navarch.apiserver.cel;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.cel.common.CelAbstractSyntaxTree;
import dev.cel.common.CelFunctionDecl;
import dev.cel.common.CelIssue;
import dev.cel.common.CelOptions;
import dev.cel.common.CelSource;
import dev.cel.common.CelSourceLocation;
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
import dev.cel.compiler.CelCompilerLibrary;
import dev.cel.extensions.CelExtensions;
import dev.cel.extensions.CelListsExtensions;
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
import java.util.Set;
import java.util.regex.MatchResult;
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

  private static final Pattern WORD = Pattern.compile("[a-zA-Z_][a-zA-Z0-9_]*");
  private static final ObjectOf JSON_PATCH =
      new ObjectOf(
          "JSONPatch",
          2,
          () ->
              Map.of(
                  "op", DeclaredType.STRING,
                  "path", DeclaredType.STRING,
                  "from", DeclaredType.STRING,
                  "value", DeclaredType.DYN));

  private final Map<String, DeclaredType> variables;
  private final CelCompiler compiler;

  private Environment(
      Map<String, DeclaredType> variables,
      StructTypes types,
      List<CelFunctionDecl> functions,
      List<CelCompilerLibrary> libraries) {
    this.variables = Map.copyOf(variables);
    CelCompilerBuilder builder =
        CelCompilerFactory.standardCelCompilerBuilder()
            .setOptions(OPTIONS)
            .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
            .addMacros(SortBy.MACRO)
            .addLibraries(
                CelExtensions.optional(),
                CelExtensions.comprehensions(),
                CelExtensions.sets(OPTIONS),
                CelExtensions.lists(
                    EnumSet.complementOf(EnumSet.of(CelListsExtensions.Function.SORT_BY))),
                CelExtensions.strings(
                    EnumSet.complementOf(EnumSet.of(CelStringExtensions.Function.REVERSE))))
            .addLibraries(libraries)
            .setTypeProvider(types)
            .addFunctionDeclarations(Signatures.declarations())
            .addFunctionDeclarations(functions);
    variables.forEach((name, type) -> builder.addVar(name, types.of(type)));
    compiler = builder.build();
  }

  public static Environment of(Map<String, DeclaredType> variables) {
    return new Environment(variables, new StructTypes(Set.of()), List.of(), List.of());
  }

  /// With `cel.bind(name, value, expression)`.
  static Environment withBindings(Map<String, DeclaredType> variables) {
    return new Environment(
        variables, new StructTypes(Set.of()), List.of(), List.of(CelExtensions.bindings()));
  }

  /// For one expression that makes changes: `Object{spec: Object.spec{…}}` and `JSONPatch{…}`.
  /// Objects may have any field that the expression writes; the kind's schema judges them later.
  public static Environment ofMutation(Map<String, DeclaredType> variables, String expression) {
    Set<String> words =
        WORD.matcher(expression).results().map(MatchResult::group).collect(Collectors.toSet());
    StructTypes types = new StructTypes(words);
    types.of(JSON_PATCH);
    return new Environment(
        variables,
        types,
        List.of(
            Signatures.declaration(
                "jsonpatch_escape_key", "jsonpatch.escapeKey(string) -> string")),
        List.of());
  }

  /// @throws CompileFailed with all that is wrong, and where
  public Expression compile(String text) throws CompileFailed {
    try {
      CelAbstractSyntaxTree ast = compiler.compile(text).getAst();
      List<LiteralChecks.Issue> issues = LiteralChecks.of(ast);
      if (!issues.isEmpty()) {
        throw new CompileFailed(shown(issues, ast));
      }
      return new Expression(text, ast, variables);
    } catch (CelValidationException e) {
      throw new CompileFailed(e.getErrors().isEmpty() ? String.valueOf(e.getMessage()) : shown(e));
    } catch (StackOverflowError e) {
      throw new CompileFailed("ERROR: <input>:1:1: expression is nested too deeply");
    }
  }

  private static String shown(List<LiteralChecks.Issue> issues, CelAbstractSyntaxTree ast) {
    CelSource source = ast.getSource();
    return issues.stream()
        .map(
            issue -> {
              int offset = source.getPositionsMap().getOrDefault(issue.id(), 0);
              CelSourceLocation at =
                  source.getOffsetLocation(offset).orElse(CelSourceLocation.NONE);
              return CelIssue.formatError(at, issue.message()).toDisplayString(source);
            })
        .collect(Collectors.joining("\n"));
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
    private final Set<String> words;

    /// @param words the fields that objects made by the expression may have; empty when it makes
    ///   none
    StructTypes(Set<String> words) {
      this.words = words;
    }

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
      boolean made = !words.isEmpty() && (name.equals("Object") || name.startsWith("Object."));
      return made
          ? Optional.of(
              StructType.create(
                  name, ImmutableSet.copyOf(words), field -> Optional.of(SimpleType.DYN)))
          : Optional.ofNullable(known.get(name));
    }
  }
}
