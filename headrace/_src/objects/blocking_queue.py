"""BlockingQueue: rows that threads hand to each other, waiting where they must.

The one idea: who cannot be served at once leaves a *request* and sleeps on a lock of its own.
Requests of a kind are served first come, first served, as far as they can be: a long enqueue fills
the room there is and goes on when there is more; a long dequeue gathers what comes. Whoever changes
the queue serves the requests that this makes possible, and wakes up those that are done. Nobody
polls, nobody is woken for nothing, and no lock is held while a thread sleeps. The common call, for
which nobody has to wait, is one lock and one operation on a deque.

A row is a tuple; what is in it, and in which order rows come out (`FirstInFirstOut`, `ByPriority`,
`Shuffled`), is no concern of the waiting. Errors are TensorFlow's.

Read next: objects/queue_rows.py, which knows of tensors.
"""

import heapq
import math
import threading
from collections import deque
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from headrace._src.core import errors

Row = tuple[Any, ...]


# ---- in which order rows come out ----------------------------------------------------------------


class FirstInFirstOut:
    """Rows come out in the order in which they came in."""

    def __init__(self) -> None:
        rows: deque[Row] = deque()
        self.rows = rows
        self.put, self.put_all, self.take = rows.append, rows.extend, rows.popleft

    def put_back(self, rows: list[Row]) -> None:
        """Rows that were taken, in the order in which they were, back in their places."""
        self.rows.extendleft(reversed(rows))


class ByPriority:
    """The row with the smallest first component comes out; of equal ones, the earliest."""

    def __init__(self) -> None:
        self.rows: list[Any] = []
        self.serial = count()

    def put(self, row: Row) -> None:
        """A row more."""
        heapq.heappush(self.rows, (int(row[0]), next(self.serial), row))

    def put_all(self, rows: Iterable[Row]) -> None:
        """Many rows more."""
        for row in rows:
            self.put(row)

    def take(self) -> Row:
        """The next row, which is there no longer."""
        return heapq.heappop(self.rows)[2]

    put_back = put_all


class Shuffled:
    """Any of the rows comes out; which, is said by `draw`, a source of random numbers."""

    def __init__(self, draw: Callable[[], int]) -> None:
        self.rows: list[Row] = []
        self.draw = draw
        self.put, self.put_all = self.rows.append, self.rows.extend
        self.put_back = self.put_all

    def take(self) -> Row:
        """A row, which is there no longer: the last one takes its place."""
        rows = self.rows
        place = self.draw() % len(rows)
        rows[place], rows[-1] = rows[-1], rows[place]
        return rows.pop()


# ---- waiting -------------------------------------------------------------------------------------


class Request:
    """What a thread waits for: a lock that is free when it is done, and an error if it failed."""

    __slots__ = ("awake", "error")

    def __init__(self) -> None:
        self.awake = threading.Lock()
        self.awake.acquire()
        self.error: Exception | None = None


class Enqueue(Request):
    """Rows to be put in, last one first."""

    __slots__ = ("rows",)

    def __init__(self, rows: list[Row]) -> None:
        super().__init__()
        self.rows = rows[::-1]


class Close(Request):
    """The end, once all enqueues before it are done."""

    __slots__ = ()


class Dequeue(Request):
    """So many rows to be taken out, of which some may be there already.

    is_lenient: fewer will do, but not none, once the queue is closed.
    """

    __slots__ = ("is_lenient", "rows", "wanted")

    def __init__(self, wanted: int, is_lenient: bool) -> None:
        super().__init__()
        self.wanted = wanted
        self.is_lenient = is_lenient
        self.rows: list[Row] = []


class BlockingQueue:
    """A bounded queue of rows for many threads.

    label: as errors call it, such as "FIFOQueue '3'". capacity: how many rows fit; without bound if
    negative. order: one of the classes above. reserve: so many rows stay in until it is closed.
    """

    def __init__(self, label: str, capacity: int, order: Any, reserve: int = 0) -> None:
        self.label = label
        self.capacity = math.inf if capacity < 0 else capacity
        self.order = order
        self.reserve = reserve
        self.is_closed = False
        self._lock = threading.Lock()
        self._coming: deque[Any] = deque()  # requests to enqueue or to close
        self._going: deque[Dequeue] = deque()

    def __len__(self) -> int:
        return len(self.order.rows)

    def enqueue(self, row: Row) -> None:
        """Puts a row in; waits for room. Raises CancelledError if closed."""
        with self._lock:
            if not (self._coming or self.is_closed) and len(self.order.rows) < self.capacity:
                self.order.put(row)
                if self._going:
                    self._serve()
                return
        self._await(self._coming, Enqueue([row]))

    def enqueue_many(self, rows: list[Row]) -> None:
        """Puts rows in one after the other, and waits for room where there is none."""
        with self._lock:
            room = self.capacity - len(self.order.rows)
            if not (self._coming or self.is_closed) and len(rows) <= room:
                self.order.put_all(rows)
                if self._going:
                    self._serve()
                return
        self._await(self._coming, Enqueue(rows))

    def dequeue(self) -> Row:
        """Takes a row out; waits for one. Raises OutOfRangeError if closed and empty."""
        with self._lock:
            order = self.order
            if not self._going and len(order.rows) > (0 if self.is_closed else self.reserve):
                row = order.take()
                if self._coming:
                    self._serve()
                return row
        return self._await(self._going, Dequeue(1, False)).rows[0]

    def dequeue_many(self, wanted: int, is_lenient: bool = False) -> list[Row]:
        """Takes so many rows out; waits until they have come.

        Raises OutOfRangeError if closed and there are too few; what was gathered goes back.
        is_lenient: what there is will do then, unless there is nothing.
        """
        if not wanted:
            return []
        with self._lock:
            order = self.order
            spare = len(order.rows) - (0 if self.is_closed else self.reserve)
            if not self._going and spare >= wanted:
                take = order.take
                rows = [take() for _ in range(wanted)]
                if self._coming:
                    self._serve()
                return rows
        return self._await(self._going, Dequeue(wanted, is_lenient)).rows

    def close(self, cancel_pending_enqueues: bool = False) -> None:
        """Lets no rows in any more; those that are in may be taken out.

        Waits for the enqueues that wait for room, or cancels them. Raises CancelledError if it is
        closed already, unless it is to cancel.
        """
        if not cancel_pending_enqueues:
            self._await(self._coming, Close())
            return
        with self._lock:
            self.is_closed = True
            while self._coming:
                request = self._coming.popleft()
                if isinstance(request, Enqueue):
                    request.error = _cancelled("Enqueue operation was cancelled")
                request.awake.release()
            self._serve()

    # ---- requests: all of this happens under the lock

    def _await(self, line: deque[Any], request: Any) -> Any:
        """Puts a request into its line, waits for it, and answers it or raises its error."""
        with self._lock:
            line.append(request)
            self._serve()
        try:
            request.awake.acquire()
        except BaseException:  # KeyboardInterrupt: as if there had been no request
            with self._lock:
                self._withdraw(line, request)
            raise
        if request.error is not None:
            raise request.error
        return request

    def _withdraw(self, line: deque[Any], request: Any) -> None:
        if request in line:
            line.remove(request)
        if isinstance(request, Dequeue) and request.rows:
            self.order.put_back(request.rows)
        self._serve()

    def _serve(self) -> None:
        """Serves requests until none can be served any further."""
        moved = True
        while moved:
            moved = False
            for line, serve in ((self._coming, self._let_in), (self._going, self._let_out)):
                while line:
                    before = len(self.order.rows)
                    is_done = serve(line[0])
                    moved |= is_done or len(self.order.rows) != before
                    if not is_done:
                        break
                    line.popleft().awake.release()

    def _let_in(self, request: Any) -> bool:
        """Whether a request of those to come in is done."""
        if isinstance(request, Close):
            if self.is_closed:
                name = self.label.partition(" ")[2]
                request.error = _cancelled(f"Queue {name} is already closed.")
            self.is_closed = True
            return True
        if self.is_closed:
            request.error = _cancelled(f"{self.label} is closed.")
            return True
        rows, order = request.rows, self.order
        while rows and len(order.rows) < self.capacity:
            order.put(rows.pop())
        return not rows

    def _let_out(self, request: Dequeue) -> bool:
        """Whether a request of those to go out is done."""
        order, rows = self.order, request.rows
        there = len(order.rows)
        if self.is_closed and there < request.wanted - len(rows):
            if not request.is_lenient or not (rows or there):
                order.put_back(rows)
                request.rows = []
                request.error = errors.OutOfRangeError(
                    None,
                    None,
                    f"{self.label} is closed and has insufficient elements "
                    f"(requested {request.wanted}, current size {len(order.rows)})",
                )
                return True
            request.wanted = len(rows) + there
        spare = there - (0 if self.is_closed else self.reserve)
        for _ in range(min(spare, request.wanted - len(rows))):
            rows.append(order.take())
        return len(rows) == request.wanted


def _cancelled(text: str) -> errors.CancelledError:
    return errors.CancelledError(None, None, text)
