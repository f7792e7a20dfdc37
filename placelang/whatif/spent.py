"""`spent`: a program after a loss. What a guarantee to survive is there for has come; another loss is not asked."""

from __future__ import annotations

from dataclasses import replace

from placelang.program import App, Program, Survive


def spent(program: Program) -> Program:
    """The program without what must survive; what should rather still does."""
    return replace(program, apps=tuple(_spent(app) for app in program.apps))


def _spent(app: App) -> App:
    services = tuple(
        replace(
            service,
            constraints=tuple(
                c for c in service.constraints if not isinstance(c, Survive) or c.weight is not None
            ),
        )
        for service in app.services
    )
    return replace(app, services=services)
