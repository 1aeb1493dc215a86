"""Fill a template of assets/ into one HTML file that needs nothing from outside."""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from markupsafe import Markup, escape

from targetfinder.errors import InputError
from targetfinder.report._words import TIER_COLOUR, TIER_FULL, TIER_SHORT

ASSETS: Final = Path(__file__).parent / "assets"
_LINK: Final = re.compile(
    r"(?P<doi>\b10\.\d{4,9}/[^\s\"'<>;,]*[^\s\"'<>;,.()])|(?P<trial>\bNCT\d{8}\b)"
    r"|\bPMID:? ?(?P<pmid>\d+)|(?P<url>https://[^\s\"'<>]*[^\s\"'<>.,;)])"
)
_HOME: Final = {
    "doi": "https://doi.org/{}",
    "trial": "https://clinicaltrials.gov/study/{}",
    "pmid": "https://pubmed.ncbi.nlm.nih.gov/{}/",
    "url": "{}",
}


def page(template: str, *, scripts: Sequence[str] = (), tables: bool = False, **values: Any) -> str:
    """Render a template with styles and scripts inlined.

    Parameters
    ----------
    template
        Name of a file of assets/.
    scripts
        Names of script files of assets/, run in this order as one module.
    tables
        Whether to inline DataTables.
    values
        What the template prints; every text is escaped.

    Returns
    -------
    str
        The page. Its policy lets only this very script run, named by its hash.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    jinja = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters.update(links=links, number=lambda value: "not stated" if value is None else f"{value:,}")
    script = "\n".join(_asset(name) for name in scripts)
    library, layout = datatables() if tables else ("", "")
    return jinja.get_template(template).render(
        style=Markup(_asset("style.css")),
        layout=Markup(layout),
        script=Markup(script),
        library=Markup(library),
        policy=_policy(script, tables),
        short=TIER_SHORT,
        full=TIER_FULL,
        colour=TIER_COLOUR,
        **{name: Markup(value) if name == "data" else value for name, value in values.items()},
    )


def links(text: str) -> Markup:
    """Escape text and turn DOIs, PubMed ids, trial ids and https addresses into plain links."""
    link = Markup('<a href="{}" rel="noreferrer">{}</a>')
    return Markup("").join(link.format(address, part) if address else escape(part) for part, address in cited(text))


def cited(text: str) -> tuple[tuple[str, str | None], ...]:
    """Cut text into parts with the address of each: null but for DOIs, PubMed ids, trial ids and https addresses."""
    parts: list[tuple[str, str | None]] = []
    end = 0
    for match in _LINK.finditer(text):
        kind = str(match.lastgroup)
        parts += [(text[end : match.start()], None), (match[0], _HOME[kind].format(match[kind]))]
        end = match.end()
    return tuple(part for part in [*parts, (text[end:], None)] if part[0])


@cache
def datatables() -> tuple[str, str]:
    """Return DataTables of the itables wheel: its module as a JSON string, and its style sheet.

    Raises
    ------
    InputError
        If itables is not installed, or lays out its files in another way.
    """
    from targetfinder.report._payload import embed

    found = importlib.util.find_spec("itables")
    folder = Path(str(found.origin)).parent / "html" if found else Path("itables/html")
    try:
        module, style = ((folder / f"dt_bundle.{end}").read_text(encoding="utf-8") for end in ("js", "css"))
    except OSError as error:
        raise InputError("DataTables is missing", file=folder, remedy="install the locked itables") from error
    return embed(module), style.replace("</", "<\\/")


def _asset(name: str) -> str:
    return (ASSETS / name).read_text(encoding="utf-8")


def _policy(script: str, tables: bool) -> str:
    """Return a content security policy without any network: only this script, and the library as a blob."""
    digest = base64.b64encode(hashlib.sha256(f"\n{script}\n".encode()).digest()).decode()
    allowed = f"'sha256-{digest}'{' blob:' if tables else ''}" if script else "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
