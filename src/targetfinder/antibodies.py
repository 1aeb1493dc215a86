"""Which gene an antibody binds the product of, by the name of the antibody alone."""

from __future__ import annotations

import re
from collections.abc import Callable

from targetfinder.identity import Identity
from targetfinder.names import squeezed, unique

#: Clusters of differentiation are named by what antibodies bind.
CLUSTER = re.compile(r"CD\d+[A-Za-z]*")


def gene_of_antibody(identity: Identity) -> Callable[[str], str | None]:
    """Return a function from the name of an antibody to its gene id, or None.

    A name is read as a current symbol in any spelling, or as a CD number, only: other names are shared by so many
    antibodies that half of the matches would be wrong.
    """
    current = unique((squeezed(symbol), gene) for symbol, gene in identity.symbols.items())

    def gene(name: str) -> str | None:
        found = current.get(squeezed(name))
        return identity.names.match(name).gene if found is None and CLUSTER.fullmatch(name) else found

    return gene
