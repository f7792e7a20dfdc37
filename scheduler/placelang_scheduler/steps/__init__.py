"""In which order replicas start and stop, so that what holds before and after also holds on the way.

Enters a problem, its placement, and the moves that lead there from what runs; leaves an `Order`. No solver takes part.
After every step, in any order that the graph allows:

- **Of no resource, device or thing more is taken than there is**, and no `at most`, `different` or `reserve` is broken.
  A replica that moves counts twice while both copies stand.
- **`same`, `spread`, `at least` and the like hold** of every workload that is whole: that has as many replicas as it
  had, or is to have if it had none. A replica that had to stop first counts where it stood until it starts anew.
- What was broken before gets no worse. `keep` and `survive` speak of where replicas end,
  and are left aside.

A move starts before it stops, unless its two copies may not stand at once, or there is no room. A circle of moves
that wait for each other is broken by a spare host where one has room; else one of them stops first, and says what for.
Of one workload no more than a quarter stop first at a time, and one at least may.
"""

from placelang_scheduler.steps.moves import Act, Bar, Copy, Early, Move, Order, Step
from placelang_scheduler.steps.order import order
from placelang_scheduler.steps.replay import replay

__all__ = ["Act", "Bar", "Copy", "Early", "Move", "Order", "Step", "order", "replay"]
