package dev.navarch.apiserver.cel;

import com.google.common.collect.ImmutableList;
import dev.cel.common.CelIssue;
import dev.cel.common.ast.CelExpr;
import dev.cel.common.ast.CelExpr.ExprKind;
import dev.cel.parser.CelMacro;
import dev.cel.parser.CelMacroExprFactory;
import java.util.Optional;

/// `list.sortBy(e, key)`: binds the list to a name, makes the list of its keys, and sorts by these.
/// The library's own macro loses the type of the elements.
final class SortBy {
  static final CelMacro MACRO = CelMacro.newReceiverMacro("sortBy", 2, SortBy::expand);
  private static final String INPUT = "@sortByInput";
  private static final String KEYS = "@sortByKeys";

  private SortBy() {}

  private static Optional<CelExpr> expand(
      CelMacroExprFactory make, CelExpr list, ImmutableList<CelExpr> args) {
    CelExpr element = args.getFirst();
    if (element.getKind() != ExprKind.Kind.IDENT) {
      return Optional.of(
          make.reportError(
              CelIssue.formatError(
                  make.getSourceLocation(element), "argument must be a simple name")));
    }
    CelExpr grown =
        make.newGlobalCall("_+_", make.newIdentifier(KEYS), make.newList(args.getLast()));
    CelExpr keys =
        make.fold(
            element.ident().name(),
            make.newIdentifier(INPUT),
            KEYS,
            make.newList(),
            make.newBoolLiteral(true),
            grown,
            make.newIdentifier(KEYS));
    return Optional.of(
        make.fold(
            "#unused",
            make.newList(),
            INPUT,
            list,
            make.newBoolLiteral(false),
            make.newIdentifier(INPUT),
            make.newReceiverCall("@sortByAssociatedKeys", make.newIdentifier(INPUT), keys)));
  }
}
