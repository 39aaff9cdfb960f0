"""Adapters: a strategy of SMASH proposes inside another tool, which evaluates. Each module needs that tool, by an extra of this
package: ``pip install smash-nas[optuna]``.
"""


def missing(extra: str, problem: ImportError) -> ImportError:
    """What an adapter raises without its tool."""
    return ImportError(f"expected the package of the extra {extra!r}, found: {problem}. pip install 'smash-nas[{extra}]'")
