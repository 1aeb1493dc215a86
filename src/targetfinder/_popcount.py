"""How many cells have two genes: the innermost loop, a tile of genes at a time, written for LLVM.

Numba's own loops do not use the widest registers. This tile asks LLVM for vectors of eight words: where the processor
counts bits of vectors (AVX-512 VPOPCNTDQ), one instruction counts 512 cells; elsewhere LLVM writes what the processor
has, to the same counts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

#: Genes by genes whose counts stay in registers, and words of a vector.
ROWS, COLUMNS, LANES = 6, 4, 8
#: Words of a gene that are counted before the next genes: those of two blocks of genes stay in the cache.
CHUNK = 512

_WORD, _COUNT = ir.IntType(64), ir.IntType(32)
_VECTOR = ir.VectorType(_WORD, LANES)


def _call(builder: Any, name: str, kind: Any, argument: Any, result: Any) -> Any:
    suffix = "i64" if kind is _WORD else f"v{LANES}i64"
    signature = ir.FunctionType(result, [kind])
    get: Any = cgutils.get_or_insert_function
    function = get(builder.module, signature, f"llvm.{name}.{suffix}")
    return builder.call(function, [argument])


def _loop(builder: Any, kind: Any, span: tuple[Any, Any], rows: list[Any], columns: list[Any]) -> list[Any]:
    """Add up the common bits of rows and columns from word to word, by `kind`; return the sums."""
    entry = builder.block
    head, body, done = (builder.append_basic_block(name) for name in ("head", "body", "done"))
    builder.branch(head)
    builder.position_at_end(head)
    word = builder.phi(_WORD)
    word.add_incoming(span[0], entry)
    sums = [builder.phi(kind) for _ in range(len(rows) * len(columns))]
    for one in sums:
        one.add_incoming(ir.Constant(kind, None), entry)
    builder.cbranch(builder.icmp_signed("<", word, span[1]), body, done)
    builder.position_at_end(body)

    def load(start: Any) -> Any:
        place = builder.bitcast(builder.gep(start, [word]), kind.as_pointer())
        return builder.load(place, align=8)

    left, right = [load(start) for start in rows], [load(start) for start in columns]
    both = [builder.and_(a, b) for a in left for b in right]
    added = [builder.add(one, _call(builder, "ctpop", kind, new, kind)) for one, new in zip(sums, both, strict=True)]
    word.add_incoming(builder.add(word, _WORD(1 if kind is _WORD else LANES)), builder.block)
    for one, new in zip(sums, added, strict=True):
        one.add_incoming(new, builder.block)
    builder.branch(head)
    builder.position_at_end(done)
    return sums


def _typed(context: Any, a: Any, i: Any, b: Any, j: Any, start: Any, stop: Any, out: Any) -> Any:
    """Write to `out` how many bits rows i.. of a and rows j.. of b have in common in words from start to stop."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        left, i, right, j, start, stop, out = arguments
        kinds = (signature.args[0], signature.args[2], signature.args[6])
        arrays = [
            context.make_array(kind)(context, builder, value)
            for kind, value in zip(kinds, (left, right, out), strict=True)
        ]
        starts = []
        for array, first, number in ((arrays[0], i, ROWS), (arrays[1], j, COLUMNS)):
            width = builder.extract_value(array.shape, 1)
            rows = [builder.add(first, _WORD(k)) for k in range(number)]
            starts.append([builder.gep(array.data, [builder.mul(row, width)]) for row in rows])
        whole = builder.add(start, builder.and_(builder.sub(stop, start), _WORD(-LANES)))
        vectors = _loop(builder, _VECTOR, (start, whole), *starts)
        rest = _loop(builder, _WORD, (whole, stop), *starts)
        for k, (vector, one) in enumerate(zip(vectors, rest, strict=True)):
            total = builder.add(_call(builder, "vector.reduce.add", _VECTOR, vector, _WORD), one)
            builder.store(builder.trunc(total, _COUNT), builder.gep(arrays[2].data, [_WORD(k)]))
        return context.get_dummy_value()

    size = types.intp
    return types.void(a, size, b, size, size, size, out), generate


_tile: Any = intrinsic(_typed)


def common(a: Any, b: Any, bounds: Any, out: Any) -> None:
    """Count the bits that each row of `a` has in common with each row of `b`, group by group.

    Parameters
    ----------
    a, b
        Rows × words (uint64); a multiple of `ROWS` and of `COLUMNS` rows.
    bounds
        First word of each group, and the end of the last.
    out
        Rows of a × rows of b × groups (int32), zeros.
    """
    tile = np.empty(ROWS * COLUMNS, np.int32)
    for group in range(bounds.size - 1):
        for start in range(bounds[group], bounds[group + 1], CHUNK):
            stop = min(start + CHUNK, bounds[group + 1])
            for i in range(0, a.shape[0], ROWS):
                for j in range(0, b.shape[0], COLUMNS):
                    _tile(a, i, b, j, start, stop, tile)
                    for k in range(ROWS * COLUMNS):
                        out[i + k // COLUMNS, j + k % COLUMNS, group] += tile[k]


def compiled() -> Callable[[Any, Any, Any, Any], None]:
    """Return `common`, compiled, from the cache of numba if it can be written to; it holds no lock."""
    from targetfinder.compiled import compiled as of

    return of(common)
