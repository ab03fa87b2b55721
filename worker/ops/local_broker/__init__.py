"""A real Kafka on this machine, for the demo and the tests: one given, or started with Docker, or started with Java.

The first that is there: the servers of LEAD_ROUTER_BOOTSTRAP; a Docker engine that has, or gets, the image; Java and
Maven, with jars kept under `.cache/kafka`. LEAD_ROUTER_BROKER=docker or =java leaves no choice. What is started here
holds its data in a folder of its own, which goes with it, and never outlives the process that started it.
"""

from worker.ops.local_broker.choice import local_broker, own_broker
from worker.ops.local_broker.kinds import Broker, OwnBroker, Say

__all__ = ["Broker", "OwnBroker", "Say", "local_broker", "own_broker"]
