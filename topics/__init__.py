"""Where events cross Kafka: every topic once.

`catalogue` is the list; `settings` says how a topic is to be made and what is wrong with one that is there. Both are
data and pure functions: whoever holds a connection reads them and acts.
"""
