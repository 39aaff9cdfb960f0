"""What components there are, and the limits of the engines."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from ctypes import byref
from functools import cache
from typing import Any

from . import smash_layout as c
from ._library import Handle, api, call, callback, document

_log = logging.getLogger("smash_nas")
_LEVELS = (logging.ERROR, logging.WARNING, logging.INFO, logging.DEBUG, 5)


@callback(c.SmashLogFn)
def _logged(_: Any, level: int, target: Any, target_len: int, message: Any, message_len: int) -> None:
    if 0 <= level < len(_LEVELS):
        _log.log(_LEVELS[level], "%s: %s", target[:target_len].decode(), message[:message_len].decode())


class Context(Handle):
    """A registry of components, with limits for the engines of its jobs.

    Most programs need none: everything takes the one of :func:`default` unless it is given another.

    Args:
        plugins: manifests (``*.smash.json``) of plugins to load; their code runs.
        threads: at most so many for an engine; 0: what the job says.
        memory: at most so many bytes for an engine's tensors; 0: no limit.
    """

    def __init__(self, plugins: Iterable[str | os.PathLike[str]] = (), *, threads: int = 0, memory: int = 0) -> None:
        enabled = [i for i, level in enumerate(_LEVELS) if _log.isEnabledFor(level)]
        options = c.sized(
            c.SmashContextOptions,
            flags=c.SMASH_CTX_ALLOW_PLUGINS,
            log=_logged,
            log_level=max(enabled, default=0),
            max_threads=threads,
            max_memory=memory,
        )
        super().__init__(c.SmashContext, api().context_free, api().context_create, byref(options))
        self._settings = {"threads": threads, "memory": memory}
        self._plugins: list[str] = []
        self._components: list[Any] = []
        for manifest in plugins:
            self.load_plugin(manifest)

    def load_plugin(self, manifest: str | os.PathLike[str]) -> None:
        """Loads a plugin by its manifest, which ``smash plugin manifest`` wrote.

        Raises:
            PluginError: it is not trusted or faulty.
            AlreadyExistsError: a component of that kind and name is there.
        """
        path = os.fspath(manifest)
        data = os.fsencode(path)
        call(api().context_load_plugin, self._pointer, data, len(data))
        self._plugins.append(os.path.abspath(path))

    def describe(self) -> dict[str, Any]:
        """The version, the components and the plugins, faulty ones too."""
        found: dict[str, Any] = document(api().context_describe, self._pointer)
        return found

    def schema(self, kind: str, id: str | None = None) -> dict[str, Any]:
        """The JSON Schema of a component: a ``"space"``, ``"strategy"``, ``"estimator"``, ``"dataset"`` or ``"backend"``; of a
        whole ``"job"`` without a name.

        Raises:
            NotFoundError: no such component.
        """
        kind_data, id_data = kind.encode(), None if id is None else id.encode()
        found: dict[str, Any] = document(
            api().context_schema, self._pointer, kind_data, len(kind_data), id_data, len(id_data or b"")
        )
        return found

    def __reduce__(self) -> tuple[Any, ...]:
        if self._components:
            return _with_components, (self._plugins, self._settings, self._components)
        return _restored, (self._plugins, self._settings)


def _restored(plugins: list[str], settings: dict[str, int]) -> Context:
    return Context(plugins, **settings)


def _with_components(plugins: list[str], settings: dict[str, int], components: list[Any]) -> Context:
    from .components import register

    context = Context(plugins, **settings)
    for component in components:
        register(component, context)
    return context


@cache
def default() -> Context:
    """The context of everything that is given none."""
    return Context()
