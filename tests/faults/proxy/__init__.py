"""A TCP proxy that knows Kafka: it stands between clients and brokers on this machine and does harm by rule.

It reads the header of every request and, of the few that rules name more closely, the transactional id, the group and
the topics. Answers are told apart by the request's number. Bytes are passed on as they came, never written anew: the
brokers have a listener of their own for the proxy that advertises the proxy's address (`tests/faults/brokers.py`), so
that what Metadata and FindCoordinator answer leads back to the proxy without a word of it being changed, and whoever
judges goes to the brokers directly. To rewrite these two answers would need their formats in every version, and would
take away the plainest test there is: with no rule, what comes out is what went in, byte for byte.

A connection stays what TCP makes of it. What is held holds up what comes after it; what is dropped takes with it
everything that comes later the same way on that connection; a request that was held arrives even if its client has
gone meanwhile, as what is already on the wire does.
"""

from tests.faults.proxy.proxy import Proxy
from tests.faults.proxy.rules import Rule
from tests.faults.proxy.wire import Api

__all__ = ["Api", "Proxy", "Rule"]
