"""Sample traffic: what nine months of a company's forms, mails, calls and CRM look like on the input topics.

The same seed gives the same bytes; no clock is read, the caller says when history ends or where live traffic starts.
A person (`people`) of a company (`companies`) lives a life (`lives`), which is noted as moments (`diary`); moments
become bodies in our own schema or in a vendor's (`vendors`); some of them go wrong on the way (`mishaps`); `timeline`
puts all of it into the order of production.
"""

from worker.ops.traffic.produced import Produced
from worker.ops.traffic.timeline import history, live

__all__ = ["Produced", "history", "live"]
