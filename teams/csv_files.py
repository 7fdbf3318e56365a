"""Tables as CSV files that are sent while they are read from the database."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from io import StringIO

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, StreamingHttpResponse

# A spreadsheet takes text that begins like this for a formula, and feeds and people choose text.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")

Row = Sequence[str]
# The next rows; none ends the file.
Chunks = Callable[[], list[Row]]


def safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def text(rows: Iterable[Row]) -> str:
    out = StringIO()
    csv.writer(out).writerows([safe(cell) for cell in row] for row in rows)
    return out.getvalue()


def csv_answer(request: HttpRequest, name: str, head: Row, chunks: Chunks) -> StreamingHttpResponse:
    """The body is made when the view is left: `chunks` opens its scope itself, at each call."""
    body = _later(head, chunks) if isinstance(request, ASGIRequest) else _now(head, chunks)
    answer = StreamingHttpResponse(body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _now(head: Row, chunks: Chunks) -> Iterator[str]:
    yield text([head])
    while rows := chunks():
        yield text(rows)


async def _later(head: Row, chunks: Chunks) -> AsyncIterator[str]:
    yield text([head])
    while rows := await sync_to_async(chunks)():
        yield text(rows)
